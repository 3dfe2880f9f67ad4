/** Where the pieces of one torrent lie, as the daemon reads them: in the cache that torrents share, or in its own files. */

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { type FilesPlace, filesFolder } from './files-folder.ts';
import { layoutOf } from './files-layout.ts';
import type { HoldStore } from './link.ts';
import type { Metainfo } from './metainfo.ts';
import type { PieceCache, PieceFile } from './piece-cache.ts';
import { pieceHash } from './pieces-folder.ts';

export interface KeptPieces {
  /** what the engine is told of it */
  readonly store: HoldStore;
  /** It may be there, whoever brought it. */
  has(piece: number): boolean;
  /** It was written just now, and hashed before. */
  wrote(piece: number): void;
  /** Rejects where it is not there, or not what its hash says; it is lost then. Who opened it closes it. */
  open(piece: number): Promise<PieceFile>;
  /** Hashes it again; one that is wrong is lost. */
  verify(piece: number): Promise<void>;
}

export function bytesOfPiece({ pieceLength, length }: Pick<Metainfo, 'pieceLength' | 'length'>, piece: number): number {
  return Math.min(pieceLength, length - piece * pieceLength);
}

/** The cache itself says what is lost. */
export function keptInCache(cache: PieceCache, metainfo: Metainfo): KeptPieces {
  const hashOf = (piece: number) => pieceHash(metainfo.hashes, piece);
  return {
    store: { kind: 'pieces', folder: cache.folder },
    has: piece => cache.has(hashOf(piece)),
    wrote: piece => cache.wrote(hashOf(piece), bytesOfPiece(metainfo, piece)),
    open: piece => cache.open(hashOf(piece), bytesOfPiece(metainfo, piece)),
    verify: piece => cache.verify(hashOf(piece), bytesOfPiece(metainfo, piece)),
  };
}

export function keptInFiles(place: FilesPlace, metainfo: Metainfo, onLost: (piece: number) => void): KeptPieces {
  const files = filesFolder(place, layoutOf(metainfo));
  const there = readRecord(place.record, metainfo.pieceCount);
  /** hashed since the start */
  const sure = new Uint8Array(metainfo.pieceCount);

  async function lose(piece: number): Promise<void> {
    there[piece] = 0;
    sure[piece] = 0;
    await files.forget(piece).catch(() => {}); // who reads it next finds out again
    onLost(piece);
  }

  async function open(piece: number): Promise<PieceFile> {
    const reader = files.open();
    const start = piece * metainfo.pieceLength;
    const read = (at: number, length: number) => reader.read(start + at, length);
    try {
      if (sure[piece] !== 1) {
        const whole = await read(0, bytesOfPiece(metainfo, piece));
        if (createHash('sha1').update(whole).digest('hex') !== pieceHash(metainfo.hashes, piece)) {
          throw new Error('a kept piece has other bytes');
        }
        sure[piece] = 1;
      }
      return { read, [Symbol.asyncDispose]: () => reader[Symbol.asyncDispose]() };
    } catch (thrown) {
      await reader[Symbol.asyncDispose]();
      await lose(piece);
      throw thrown;
    }
  }

  return {
    store: { kind: 'files', ...place },
    has: piece => there[piece] === 1,
    wrote(piece) {
      there[piece] = 1;
      sure[piece] = 1;
    },
    open,
    async verify(piece) {
      if (there[piece] !== 1) return;
      sure[piece] = 0;
      const file = await open(piece).catch(() => undefined);
      await file?.[Symbol.asyncDispose]();
    },
  };
}

function readRecord(path: string, pieceCount: number): Uint8Array {
  const there = new Uint8Array(pieceCount);
  try {
    there.set(readFileSync(path).subarray(0, pieceCount));
  } catch {
    // There is none yet.
  }
  return there;
}
