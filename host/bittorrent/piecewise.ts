/** A torrent of a gateway in the engine: nothing is fetched but what readers want, and each piece is a file of its own. */

import { open } from 'node:fs/promises';
import type { ChunkStore, GetOptions, StoreCallback, StoreFactory, Torrent } from 'webtorrent';
import { createFetching, type Fetching, type FetchingDeps } from './fetching.ts';
import type { Metainfo } from './metainfo.ts';
import { createPieceNews } from './piece-news.ts';
import { pieceHash, piecePath, piecesThere, writePiece } from './pieces-folder.ts';

export interface PiecewiseDeps extends Pick<FetchingDeps, 'onHashed' | 'onTrouble'> {
  torrent: Torrent;
  metainfo: Metainfo;
  /** peers are given what is here */
  serve: boolean;
  /** of pieces */
  folder: string;
  tell(type: 'found' | 'verified', pieces: number[]): void;
}

export interface Piecewise {
  fetching: Fetching;
  factory: StoreFactory;
  /** Resolves when it is known what is there; the library must have the metadata after it. */
  looked: Promise<void>;
}

/** To be made before the library takes the metadata. */
export function createPiecewise(deps: PiecewiseDeps): Piecewise {
  const { torrent, metainfo, folder } = deps;
  const hashOf = (piece: number) => pieceHash(metainfo.hashes, piece);
  // Nothing is hashed at the start: what is there is marked below, and hashed by who reads it.
  torrent._startupBitfield = new Uint8Array(Math.ceil(metainfo.pieceCount / 8));
  // It is never done: what is here may leave again. Done, it would dial nobody.
  torrent._checkDone = () => {};
  // Who has all, or gives nothing, is of no use to other seeds, and they would hang up.
  if (!deps.serve) {
    torrent._hasAllPieces = () => false;
    torrent._hasNoPieces = () => true;
  }
  const fetching = createFetching({
    ...deps,
    range: { first: 0, last: metainfo.pieceCount - 1 },
    readersOnly: true,
    silent: !deps.serve,
    now: () => performance.now(),
    put: (piece, blocks) => writePiece(folder, hashOf(piece), blocks),
  });

  const hashes = Array.from({ length: metainfo.pieceCount }, (_, piece) => hashOf(piece));
  let there = new Set<string>();

  /** Before any peer is told what is here. */
  function markFound(): void {
    const found = hashes.flatMap((hash, piece) => (there.has(hash) ? [piece] : []));
    for (const piece of found) torrent._markVerified(piece);
    if (found.length > 0) deps.tell('found', found);
  }

  torrent.once('ready', () => {
    markFound();
    torrent.on('verified', createPieceNews(pieces => deps.tell('verified', pieces)).add);
  });

  async function look(): Promise<void> {
    there = await piecesThere(folder, hashes);
  }

  return { fetching, factory: pieceStore(metainfo, folder), looked: look() };
}

/** For what peers are given. */
function pieceStore(metainfo: Metainfo, folder: string): StoreFactory {
  const { pieceLength, pieceCount, length, hashes } = metainfo;

  async function read(piece: number, options: GetOptions | null): Promise<Uint8Array> {
    const offset = options?.offset ?? 0;
    const whole = piece === pieceCount - 1 ? length - piece * pieceLength : pieceLength;
    const bytes = Buffer.allocUnsafeSlow(options?.length ?? whole - offset);
    await using handle = await open(piecePath(folder, pieceHash(hashes, piece)));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, offset);
    if (bytesRead !== bytes.length) throw new Error(`${bytesRead} of ${bytes.length} bytes of piece ${piece}`);
    return bytes;
  }

  return class implements ChunkStore {
    readonly chunkLength = pieceLength;

    get(piece: number, options: GetOptions | null | StoreCallback, callback?: StoreCallback): void {
      const done = typeof options === 'function' ? options : callback;
      read(piece, typeof options === 'function' ? null : options).then(
        bytes => done?.(null, bytes),
        (thrown: Error) => done?.(thrown),
      );
    }

    put(piece: number, bytes: Uint8Array, callback: (error: Error | null) => void): void {
      writePiece(folder, pieceHash(hashes, piece), [bytes]).then(() => callback(null), callback);
    }

    close(callback: (error: Error | null) => void): void {
      callback(null);
    }

    destroy(callback: (error: Error | null) => void): void {
      callback(null);
    }
  };
}
