/** A torrent of a session in the engine: its wanted pieces are fetched and written to the places of its files, and served from there. */

import type { StoreFactory, Torrent } from 'webtorrent';
import type { SaveContent, Wants } from '../engine/link.ts';
import { createFetching, type Fetching, type FetchingDeps } from '../fetching/fetching.ts';
import { createPieceNews } from '../fetching/piece-news.ts';
import { bytesOfPiece, type Metainfo } from '../metainfo.ts';
import { checkedHome } from '../pieces/checked-home.ts';
import { homeBelow } from '../pieces/files-home.ts';
import { savedLayout } from '../pieces/files-layout.ts';
import { pieceStore } from '../pieces/piece-store.ts';
import { piecesSaved } from './saved-check.ts';

export interface SavingDeps extends Pick<FetchingDeps, 'buffers' | 'onHashed' | 'onTrouble'> {
  torrent: Torrent;
  metainfo: Metainfo;
  content: SaveContent;
  tell(type: 'found' | 'verified' | 'wrong', pieces: number[]): void;
  /** The last wanted piece came. */
  onComplete(): void;
}

export interface Saving {
  fetching: Fetching;
  factory: StoreFactory;
  /** Resolves when it is known what is there; the library must have the metadata after it. */
  looked: Promise<void>;
  want(wants: Wants): void;
  /** These are there no longer. */
  lost(pieces: number[]): void;
  /** bytes that are wanted and not here */
  left(): number;
}

/** To be made before the library takes the metadata. */
export function createSaving(deps: SavingDeps): Saving {
  const { torrent, metainfo, content } = deps;
  const { pieceCount, length } = metainfo;
  const layout = savedLayout(metainfo, content.saveName);
  const shown = layout.filter(({ isPadding }) => !isPadding);
  const files = homeBelow(content.place, metainfo, layout);
  const home = checkedHome(files, metainfo, piece => deps.tell('wrong', [piece]));
  const stop = new AbortController();
  // The library hashes nothing at the start: what is there is found out below, and marked.
  torrent._startupBitfield = new Uint8Array(Math.ceil(pieceCount / 8));
  let wants = content.wants;
  let isWanted = wantedPieces(wants, pieceCount);
  let found: number[] = [];
  let left = length;

  const fetching = createFetching({
    ...deps,
    range: { first: 0, last: pieceCount - 1 },
    wanted: {
      has: piece => isWanted[piece] === 1,
      get sequential() {
        return wants.sequential;
      },
      get high() {
        return wants.high;
      },
    },
    now: () => performance.now(),
    put: home.write,
  });

  function bytesMissing(): number {
    let bytes = 0;
    for (let piece = 0; piece < pieceCount; piece++) {
      if (isWanted[piece] === 1 && !torrent.bitfield.get(piece)) bytes += bytesOfPiece(metainfo, piece);
    }
    return bytes;
  }

  async function makeEmpty(): Promise<void> {
    const empty = wants.files ? wants.files.flatMap(index => shown[index] ?? []) : shown;
    await files.makeEmpty(empty).catch(deps.onTrouble);
  }

  async function look(): Promise<void> {
    const { place, resume } = content;
    const saved = await piecesSaved({ metainfo, layout, place, resume, home: files }, stop.signal);
    found = saved.found;
    home.believe(saved.believed);
    if (!stop.signal.aborted) await makeEmpty();
    // The library has no store to close yet.
    if (stop.signal.aborted) await home.close();
  }

  torrent.once('ready', () => {
    for (const piece of found) torrent._markVerified(piece);
    left = bytesMissing();
    deps.tell('found', found);
    const news = createPieceNews(pieces => deps.tell('verified', pieces));
    torrent.on('verified', (piece: number) => {
      news.add(piece);
      if (isWanted[piece] !== 1) return;
      left -= bytesOfPiece(metainfo, piece);
      if (left > 0) return;
      news.flush();
      deps.onComplete();
    });
  });
  torrent.once('close', () => stop.abort());

  return {
    fetching,
    factory: pieceStore(metainfo, home),
    looked: look(),
    want(next) {
      wants = next;
      isWanted = wantedPieces(next, pieceCount);
      if (!torrent.ready) return;
      left = bytesMissing();
      fetching.reconsider();
      void makeEmpty();
    },
    lost(pieces) {
      fetching.lost(pieces);
      if (torrent.ready) left = bytesMissing();
    },
    left: () => left,
  };
}

function wantedPieces({ pieces }: Wants, count: number): Uint8Array {
  const wanted = new Uint8Array(count);
  for (const { first, last } of pieces) wanted.fill(1, first, last + 1);
  return wanted;
}
