/** Where the pieces of one torrent lie, as the daemon reads them: in the cache that torrents share, or in its own files. */

import { createHash } from 'node:crypto';
import { isExhausted } from '../../platform/files.ts';
import type { FilesStore } from '../engine/link.ts';
import { bytesOfPiece, type Metainfo } from '../metainfo.ts';
import { type FilesFolder, openFilesFolder } from './files-folder.ts';
import { layoutOf } from './files-layout.ts';
import type { PieceCache } from './piece-cache.ts';
import { readRecord, recordPiece } from './piece-record.ts';
import { pieceHash } from './pieces-folder.ts';

/** Bytes of pieces, none of which is given before its piece was hashed. */
export interface PieceBytes {
  /** Fills `into` from `at` of the piece. False: it is not there, or not what its hash says; it is lost then. */
  read(piece: number, at: number, into: Uint8Array): Promise<boolean>;
  /** The same before it returns. False: it would take long, or `read` knows what is wrong. */
  readNow(piece: number, at: number, into: Uint8Array): boolean;
  /** It was written just now, and hashed before. */
  wrote(piece: number): void;
  /** Hashes it again; one that is wrong is lost. */
  verify(piece: number): Promise<void>;
  /** No file stays open. */
  close(): Promise<void>;
}

export interface KeptPieces extends PieceBytes {
  /** It may be there, whoever brought it. */
  has(piece: number): boolean;
}

/** The cache itself says what is lost. */
export function keptInCache(cache: PieceCache, metainfo: Metainfo): KeptPieces {
  /** of those that were asked for */
  const names = new Map<number, string>();
  function hashOf(piece: number): string {
    const name = names.get(piece) ?? pieceHash(metainfo.hashes, piece);
    names.set(piece, name);
    return name;
  }
  return {
    has: piece => cache.has(hashOf(piece)),
    wrote: piece => cache.wrote(hashOf(piece), bytesOfPiece(metainfo, piece)),
    read: (piece, at, into) => cache.read(hashOf(piece), bytesOfPiece(metainfo, piece), at, into),
    readNow: (piece, at, into) => cache.readNow(hashOf(piece), at, into),
    verify: piece => cache.verify(hashOf(piece), bytesOfPiece(metainfo, piece)),
    async close() {},
  };
}

/**
 * `onLost`: what is in the files is not what the hash of the piece says, or not there. `doubt`: others may have written to
 * them, and each piece is hashed again before it is used.
 */
export function bytesInFiles(
  files: Pick<FilesFolder, 'read' | 'readNow'> & AsyncDisposable,
  metainfo: Metainfo,
  onLost: (piece: number) => Promise<void> | void,
): PieceBytes & { doubt(): void } {
  /** hashed since the start */
  const sure = new Uint8Array(metainfo.pieceCount);
  const startOf = (piece: number) => piece * metainfo.pieceLength;

  async function assertRight(piece: number): Promise<void> {
    if (sure[piece] === 1) return;
    const whole = Buffer.allocUnsafeSlow(bytesOfPiece(metainfo, piece));
    await files.read(startOf(piece), whole);
    if (createHash('sha1').update(whole).digest('hex') !== pieceHash(metainfo.hashes, piece)) {
      throw new Error('a kept piece has other bytes');
    }
    sure[piece] = 1;
  }

  /** What is wrong with it is found out. */
  async function tried(piece: number, work: () => Promise<void>): Promise<boolean> {
    try {
      await work();
      return true;
    } catch (thrown) {
      if (isExhausted(thrown)) throw thrown;
      sure[piece] = 0;
      await onLost(piece);
      return false;
    }
  }

  return {
    wrote(piece) {
      sure[piece] = 1;
    },
    read: (piece, at, into) =>
      tried(piece, async () => {
        await assertRight(piece);
        await files.read(startOf(piece) + at, into);
      }),
    readNow: (piece, at, into) => sure[piece] === 1 && files.readNow(startOf(piece) + at, into),
    async verify(piece) {
      sure[piece] = 0;
      await tried(piece, () => assertRight(piece));
    },
    doubt: () => void sure.fill(0),
    close: async () => files[Symbol.asyncDispose](),
  };
}

export function keptInFiles(
  { place, record }: FilesStore,
  metainfo: Metainfo,
  onLost: (piece: number) => void,
): KeptPieces {
  const there = readRecord(record, metainfo.pieceCount);
  const files = openFilesFolder(place, layoutOf(metainfo, 'no-name'), 'reading');
  const bytes = bytesInFiles(files, metainfo, async piece => {
    there[piece] = 0;
    await recordPiece(record, piece, false).catch(() => {}); // who reads it next finds out again
    onLost(piece);
  });
  return {
    ...bytes,
    has: piece => there[piece] === 1,
    wrote(piece) {
      there[piece] = 1;
      bytes.wrote(piece);
    },
    async verify(piece) {
      if (there[piece] === 1) await bytes.verify(piece);
    },
  };
}
