/** Where the pieces of one torrent lie, as the daemon reads them: in the cache that torrents share, or in its own files. */

import { createHash } from 'node:crypto';
import type { FilesStore } from '../engine/link.ts';
import { bytesOfPiece, type Metainfo } from '../metainfo.ts';
import { openFilesFolder } from './files-folder.ts';
import { layoutOf } from './files-layout.ts';
import type { PieceCache, PieceFile } from './piece-cache.ts';
import { readRecord, recordPiece } from './piece-record.ts';
import { pieceHash } from './pieces-folder.ts';

export interface KeptPieces {
  /** It may be there, whoever brought it. */
  has(piece: number): boolean;
  /** It was written just now, and hashed before. */
  wrote(piece: number): void;
  /** Rejects where it is not there, or not what its hash says; it is lost then. Who opened it closes it. */
  open(piece: number): Promise<PieceFile>;
  /** Hashes it again; one that is wrong is lost. */
  verify(piece: number): Promise<void>;
}

/** The cache itself says what is lost. */
export function keptInCache(cache: PieceCache, metainfo: Metainfo): KeptPieces {
  const hashOf = (piece: number) => pieceHash(metainfo.hashes, piece);
  return {
    has: piece => cache.has(hashOf(piece)),
    wrote: piece => cache.wrote(hashOf(piece), bytesOfPiece(metainfo, piece)),
    open: piece => cache.open(hashOf(piece), bytesOfPiece(metainfo, piece)),
    verify: piece => cache.verify(hashOf(piece), bytesOfPiece(metainfo, piece)),
  };
}

export function keptInFiles(
  { place, record }: FilesStore,
  metainfo: Metainfo,
  onLost: (piece: number) => void,
): KeptPieces {
  const layout = layoutOf(metainfo, 'no-name');
  const there = readRecord(record, metainfo.pieceCount);
  /** hashed since the start */
  const sure = new Uint8Array(metainfo.pieceCount);

  async function lose(piece: number): Promise<void> {
    there[piece] = 0;
    sure[piece] = 0;
    await recordPiece(record, piece, false).catch(() => {}); // who reads it next finds out again
    onLost(piece);
  }

  async function open(piece: number): Promise<PieceFile> {
    const files = openFilesFolder(place, layout, 'reading');
    const start = piece * metainfo.pieceLength;
    const read = (at: number, length: number) => files.read(start + at, start + at + length);
    try {
      if (sure[piece] !== 1) {
        const whole = await read(0, bytesOfPiece(metainfo, piece));
        if (createHash('sha1').update(whole).digest('hex') !== pieceHash(metainfo.hashes, piece)) {
          throw new Error('a kept piece has other bytes');
        }
        sure[piece] = 1;
      }
      return { read, [Symbol.asyncDispose]: () => files[Symbol.asyncDispose]() };
    } catch (thrown) {
      await files[Symbol.asyncDispose]();
      await lose(piece);
      throw thrown;
    }
  }

  return {
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
