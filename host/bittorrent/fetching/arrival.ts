/** What has arrived of a file that is being downloaded: its verified pieces, who waits for them, where its readers are. */

import type { ByteRange } from '../../core/content.ts';
import { createBell } from '../bell.ts';
import type { Metainfo, TorrentFile } from '../metainfo.ts';
import { piecesOf } from '../metainfo.ts';

/** A player that jumps may leave before it asks for its next place. Until it had the time to, nothing else is begun; ms. */
const RETURN_MS = 250;

export interface PieceWindow {
  first: number;
  last: number;
}

export interface Arrival {
  /** bytes of the file that are verified */
  readonly verifiedBytes: number;
  mark(pieces: readonly number[]): void;
  /** They are there no longer. */
  unmark(pieces: readonly number[]): void;
  has(piece: number): boolean;
  /** The end of the verified bytes that begin at `offset` of the file; `offset` itself when they are not there. */
  verifiedUntil(offset: number): number;
  /** Resolves when something arrived, or the download ended; rejects with the signal's reason. */
  changed(signal: AbortSignal): Promise<void>;
  /** Tells what a reader needs next, before all others; undefined when it left. */
  place(reader: symbol, range: ByteRange | undefined): void;
  /** Who was told of the readers is another now. */
  tellAgain(): void;
  /** where readers are, and will be next */
  placed(): PieceWindow[];
  /** Wakes everyone who waits: the download ended. */
  end(): void;
}

export function createArrival(
  metainfo: Pick<Metainfo, 'pieceLength'>,
  file: Pick<TorrentFile, 'offset' | 'length'>,
  onFocus: (windows: PieceWindow[]) => void,
): Arrival {
  const { first, last } = piecesOf(metainfo, file);
  const have = new Uint8Array(last - first + 1);
  const bell = createBell();
  const readers = new Map<symbol, PieceWindow>();
  let verifiedBytes = 0;
  let told = '[]';
  let leaving: NodeJS.Timeout | undefined;

  const pieceAt = (offset: number) => Math.floor((file.offset + offset) / metainfo.pieceLength);
  const startOf = (piece: number) => Math.max(0, piece * metainfo.pieceLength - file.offset);
  const endOf = (piece: number) => Math.min(file.length, (piece + 1) * metainfo.pieceLength - file.offset);

  function tellFocus(): void {
    clearTimeout(leaving);
    const windows = [...readers.values()].filter((window, at, all) => all.findIndex(each => same(each, window)) === at);
    const text = JSON.stringify(windows);
    if (text === told) return;
    told = text;
    onFocus(windows);
  }

  return {
    get verifiedBytes() {
      return verifiedBytes;
    },
    mark(pieces) {
      for (const piece of pieces) {
        if (piece < first || piece > last || have[piece - first] === 1) continue;
        have[piece - first] = 1;
        verifiedBytes += endOf(piece) - startOf(piece);
      }
      bell.ring();
    },
    unmark(pieces) {
      for (const piece of pieces) {
        if (have[piece - first] !== 1) continue;
        have[piece - first] = 0;
        verifiedBytes -= endOf(piece) - startOf(piece);
      }
    },
    has: piece => have[piece - first] === 1,
    verifiedUntil(offset) {
      let piece = pieceAt(offset);
      while (piece <= last && have[piece - first] === 1) piece++;
      return piece === pieceAt(offset) ? offset : endOf(piece - 1);
    },
    changed: bell.heard,
    place(reader, range) {
      if (range) {
        readers.set(reader, { first: pieceAt(range.start), last: pieceAt(Math.max(range.start, range.end - 1)) });
        tellFocus();
      } else if (readers.delete(reader)) {
        clearTimeout(leaving);
        // Who is there waits for its share; it may be the same player, at its next place already.
        if (readers.size > 0) tellFocus();
        else leaving = setTimeout(tellFocus, RETURN_MS).unref();
      }
    },
    tellAgain() {
      told = '[]';
      tellFocus();
    },
    placed: () => [...readers.values()],
    end: bell.ring,
  };
}

function same(a: PieceWindow, b: PieceWindow): boolean {
  return a.first === b.first && a.last === b.last;
}
