/** A saved torrent whose info is known: its files, which of them are wanted, and what of them is here. */

import type { Description } from '../../core/held-torrents.ts';
import type { SavedFileView } from '../../core/torrent-sessions.ts';
import { describe } from '../description.ts';
import type { Wants } from '../engine/link.ts';
import { type Arrival, createArrival } from '../fetching/arrival.ts';
import { type Metainfo, parseInfo, piecesOf } from '../metainfo.ts';
import { type PlacedFile, savedLayout } from '../pieces/files-layout.ts';
import type { SaveOrder } from './saved-one.ts';
import { bytesIn, highFiles, wantedBytes, wantedFiles } from './saved-wants.ts';

export interface SavedPieces {
  readonly metainfo: Metainfo;
  readonly description: Description;
  readonly layout: readonly PlacedFile[];
  /** those that are no padding, as they are counted */
  readonly shown: readonly PlacedFile[];
  readonly arrival: Arrival;
  /** Its files lie by this name from now on; null: by its own. */
  rename(name: string | null): void;
  /** What of it is wanted is another now. */
  want(order: Pick<SaveOrder, 'files' | 'priorities'>): void;
  readonly wants: Omit<Wants, 'sequential'>;
  mark(pieces: readonly number[]): void;
  /** It is here no longer. */
  lose(piece: number): void;
  /** What was thought to be here is looked for anew. */
  forget(): void;
  /** a byte a piece */
  have(): Uint8Array;
  readonly isWhole: boolean;
  /** 0..1, of the wanted files; 1 is all of them */
  readonly progress: number;
  /** bytes of the wanted files, and those of them that are not here */
  readonly wantedBytes: number;
  readonly missing: number;
  files(): SavedFileView[];
}

/** Throws what parseInfo throws. */
export function createSavedPieces(
  info: Uint8Array,
  saveName: string | null,
  focus: (windows: { first: number; last: number }[]) => void,
): SavedPieces {
  const metainfo = parseInfo(info);
  const description = describe(metainfo);
  let layout = savedLayout(metainfo, saveName);
  let shown = layout.filter(({ isPadding }) => !isPadding);
  const arrival = createArrival(metainfo, { offset: 0, length: metainfo.length }, focus);
  const have = new Uint8Array(metainfo.pieceCount);
  let wanted = wantedBytes(metainfo, shown, null);
  let files: number[] | null = null;
  let high: number[] = [];
  let highPieces: Wants['high'] = [];
  let pieces = 0;
  let wantedHere = 0;

  return {
    metainfo,
    description,
    get layout() {
      return layout;
    },
    get shown() {
      return shown;
    },
    arrival,
    rename(name) {
      layout = savedLayout(metainfo, name);
      shown = layout.filter(({ isPadding }) => !isPadding);
    },
    want(order) {
      files = wantedFiles(order, shown.length);
      high = highFiles(order);
      highPieces = wantedBytes(metainfo, shown, high).pieces;
      wanted = wantedBytes(metainfo, shown, files);
      wantedHere = have.reduce((sum, has, piece) => sum + (has ? (wanted.inPiece[piece] ?? 0) : 0), 0);
    },
    get wants() {
      return { pieces: wanted.pieces, high: highPieces, files };
    },
    mark(found) {
      for (const piece of found) {
        if (have[piece] !== 0) continue;
        have[piece] = 1;
        pieces++;
        wantedHere += wanted.inPiece[piece] ?? 0;
      }
      arrival.mark(found);
    },
    lose(piece) {
      if (have[piece] === 0) return;
      have[piece] = 0;
      pieces--;
      wantedHere -= wanted.inPiece[piece] ?? 0;
      arrival.unmark([piece]);
    },
    forget() {
      arrival.unmark([...have.keys()].filter(piece => have[piece] === 1));
      have.fill(0);
      pieces = 0;
      wantedHere = 0;
    },
    have: () => have.slice(),
    get isWhole() {
      return pieces === metainfo.pieceCount;
    },
    get wantedBytes() {
      return wanted.total;
    },
    get missing() {
      return wanted.total - wantedHere;
    },
    get progress() {
      return wanted.total === 0 ? 1 : wantedHere / wanted.total;
    },
    files() {
      const isWanted = files && new Set(files);
      const isHigh = new Set(high);
      return description.files.map(({ path, length }, index) => ({
        path,
        size: length,
        progress: shareOf(metainfo, have, shown[index]),
        wanted: isWanted?.has(index) ?? true,
        priority: isHigh.has(index) ? 'high' : (isWanted?.has(index) ?? true) ? 'normal' : 'skip',
      }));
    },
  };
}

function shareOf(metainfo: Metainfo, have: Uint8Array, file: PlacedFile | undefined): number {
  if (!file || file.length === 0) return 1;
  const { first, last } = piecesOf(metainfo, file);
  let here = 0;
  for (let piece = first; piece <= last; piece++) if (have[piece]) here += bytesIn(metainfo.pieceLength, piece, file);
  return here / file.length;
}
