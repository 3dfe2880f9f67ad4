/** A torrent of a gateway in the engine: nothing is fetched but what readers want, and each piece is kept as it comes. */

import { open } from 'node:fs/promises';
import type { ChunkStore, GetOptions, StoreCallback, StoreFactory, Torrent } from 'webtorrent';
import { createFetching, type Fetching, type FetchingDeps } from './fetching.ts';
import { filesFolder } from './files-folder.ts';
import { layoutOf } from './files-layout.ts';
import { bytesOfPiece } from './kept-pieces.ts';
import type { HoldStore } from './link.ts';
import type { Metainfo } from './metainfo.ts';
import { createPieceNews } from './piece-news.ts';
import { pieceHash, piecePath, piecesThere, writePiece } from './pieces-folder.ts';

export interface PiecewiseDeps extends Pick<FetchingDeps, 'onHashed' | 'onTrouble'> {
  torrent: Torrent;
  metainfo: Metainfo;
  /** peers are given what is here */
  serve: boolean;
  store: HoldStore;
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
  const { torrent, metainfo } = deps;
  const home = homeOf(deps.store, metainfo);
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
    put: home.write,
  });

  let found: number[] = [];

  /** Before any peer is told what is here. */
  function markFound(): void {
    for (const piece of found) torrent._markVerified(piece);
    if (found.length > 0) deps.tell('found', found);
  }

  torrent.once('ready', () => {
    markFound();
    torrent.on('verified', createPieceNews(pieces => deps.tell('verified', pieces)).add);
  });

  async function look(): Promise<void> {
    try {
      found = await home.look();
    } catch (thrown) {
      deps.onTrouble(thrown);
    }
  }

  return { fetching, factory: pieceStore(metainfo, home), looked: look() };
}

/** Where pieces are kept. */
interface PieceHome {
  /** Prepares it, and says which pieces are there. */
  look(): Promise<number[]>;
  write(piece: number, blocks: Uint8Array[]): Promise<void>;
  /** bytes of one piece */
  read(piece: number, offset: number, length: number): Promise<Uint8Array>;
}

function homeOf(store: HoldStore, metainfo: Metainfo): PieceHome {
  return store.kind === 'files' ? homeInFiles(store, metainfo) : homeOfPieces(store.folder, metainfo);
}

function homeOfPieces(folder: string, { hashes, pieceCount }: Metainfo): PieceHome {
  const hashOf = (piece: number) => pieceHash(hashes, piece);
  return {
    async look() {
      const all = Array.from({ length: pieceCount }, (_, piece) => hashOf(piece));
      const there = await piecesThere(folder, all);
      return all.flatMap((hash, piece) => (there.has(hash) ? [piece] : []));
    },
    write: (piece, blocks) => writePiece(folder, hashOf(piece), blocks),
    async read(piece, offset, length) {
      const bytes = Buffer.allocUnsafeSlow(length);
      await using handle = await open(piecePath(folder, hashOf(piece)));
      const { bytesRead } = await handle.read(bytes, 0, length, offset);
      if (bytesRead !== length) throw new Error(`${bytesRead} of ${length} bytes of piece ${piece}`);
      return bytes;
    },
  };
}

function homeInFiles(place: HoldStore & { kind: 'files' }, metainfo: Metainfo): PieceHome {
  const { pieceLength, pieceCount } = metainfo;
  const files = filesFolder(place, layoutOf(metainfo));
  return {
    async look() {
      await files.prepare();
      return (await files.recorded()).filter(piece => piece < pieceCount);
    },
    write: (index, blocks) => files.write({ index, offset: index * pieceLength }, blocks),
    async read(piece, offset, length) {
      await using reader = files.open();
      return await reader.read(piece * pieceLength + offset, length);
    },
  };
}

/** For what peers are given. */
function pieceStore(metainfo: Metainfo, home: PieceHome): StoreFactory {
  const { pieceLength } = metainfo;

  function read(piece: number, options: GetOptions | null): Promise<Uint8Array> {
    const offset = options?.offset ?? 0;
    return home.read(piece, offset, options?.length ?? bytesOfPiece(metainfo, piece) - offset);
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
      home.write(piece, [bytes]).then(() => callback(null), callback);
    }

    close(callback: (error: Error | null) => void): void {
      callback(null);
    }

    destroy(callback: (error: Error | null) => void): void {
      callback(null);
    }
  };
}
