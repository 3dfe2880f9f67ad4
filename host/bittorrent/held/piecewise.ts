/** A torrent of a gateway in the engine: nothing is fetched but what readers want, and each piece is kept as it comes. */

import { open } from 'node:fs/promises';
import type { StoreFactory, Torrent } from 'webtorrent';
import type { FilesStore, HoldStore } from '../engine/link.ts';
import { createFetching, type Fetching, type FetchingDeps } from '../fetching/fetching.ts';
import { createPieceNews } from '../fetching/piece-news.ts';
import type { Metainfo } from '../metainfo.ts';
import { checkedHome } from '../pieces/checked-home.ts';
import { homeBelow } from '../pieces/files-home.ts';
import { layoutOf } from '../pieces/files-layout.ts';
import { readRecord, recordPiece } from '../pieces/piece-record.ts';
import { type PieceHome, pieceStore } from '../pieces/piece-store.ts';
import { pieceHash, piecePath, piecesThere, writePiece } from '../pieces/pieces-folder.ts';

export interface PiecewiseDeps extends Pick<FetchingDeps, 'buffers' | 'onHashed' | 'onTrouble'> {
  torrent: Torrent;
  metainfo: Metainfo;
  /** peers are given what is here */
  serve: boolean;
  store: HoldStore;
  tell(type: 'found' | 'verified' | 'wrong', pieces: number[]): void;
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
  const place = homeOf(deps.store, metainfo);
  const home = checkedHome(place, metainfo, piece => deps.tell('wrong', [piece]));
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
      found = await place.look();
      home.believe(found);
    } catch (thrown) {
      deps.onTrouble(thrown);
    }
  }

  return { fetching, factory: pieceStore(metainfo, home), looked: look() };
}

interface LookedHome extends PieceHome {
  /** Prepares it, and says which pieces are there. */
  look(): Promise<number[]>;
}

function homeOf(store: HoldStore, metainfo: Metainfo): LookedHome {
  return store.kind === 'files' ? homeInFiles(store, metainfo) : homeOfPieces(store.folder, metainfo);
}

function homeOfPieces(folder: string, { hashes, pieceCount }: Metainfo): LookedHome {
  const hashOf = (piece: number) => pieceHash(hashes, piece);
  return {
    async look() {
      const all = Array.from({ length: pieceCount }, (_, piece) => hashOf(piece));
      const there = await piecesThere(folder, all);
      return all.flatMap((hash, piece) => (there.has(hash) ? [piece] : []));
    },
    write: (piece, bytes) => writePiece(folder, hashOf(piece), bytes),
    async read(piece, offset, length) {
      const bytes = Buffer.allocUnsafeSlow(length);
      await using handle = await open(piecePath(folder, hashOf(piece)));
      const { bytesRead } = await handle.read(bytes, 0, length, offset);
      if (bytesRead !== length) throw new Error(`${bytesRead} of ${length} bytes of piece ${piece}`);
      return bytes;
    },
    async close() {},
  };
}

function homeInFiles({ place, record }: FilesStore, metainfo: Metainfo): LookedHome {
  const layout = layoutOf(metainfo, 'no-name');
  const files = homeBelow(place, metainfo, layout);
  return {
    ...files,
    async look() {
      await files.makeEmpty(layout);
      return [...readRecord(record, metainfo.pieceCount).entries()].flatMap(([piece, is]) => (is === 1 ? [piece] : []));
    },
    async write(piece, bytes) {
      await files.write(piece, bytes);
      await recordPiece(record, piece, true);
    },
  };
}
