/** What has arrived of a file that is being downloaded: its verified pieces, who waits for them, where its readers are. */

import type { ByteRange } from '../core/content.ts';
import type { Metainfo, TorrentFile } from './metainfo.ts';
import { piecesOf } from './metainfo.ts';

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
  /** The end of the verified bytes that begin at `offset` of the file; `offset` itself when they are not there. */
  verifiedUntil(offset: number): number;
  /** Resolves when something arrived, or the download ended; rejects with the signal's reason. */
  changed(signal: AbortSignal): Promise<void>;
  /** Tells what a reader needs next, before all others; undefined when it left. */
  place(reader: symbol, range: ByteRange | undefined): void;
  /** Wakes everyone who waits: the download ended. */
  end(): void;
}

export function createArrival(
  metainfo: Metainfo,
  file: TorrentFile,
  onFocus: (windows: PieceWindow[]) => void,
): Arrival {
  const { first, last } = piecesOf(metainfo, file);
  const have = new Uint8Array(last - first + 1);
  const waiting = new Set<() => void>();
  const readers = new Map<symbol, PieceWindow>();
  let verifiedBytes = 0;
  let told = '[]';
  let leaving: NodeJS.Timeout | undefined;

  const pieceAt = (offset: number) => Math.floor((file.offset + offset) / metainfo.pieceLength);
  const startOf = (piece: number) => Math.max(0, piece * metainfo.pieceLength - file.offset);
  const endOf = (piece: number) => Math.min(file.length, (piece + 1) * metainfo.pieceLength - file.offset);

  function wakeAll(): void {
    for (const wake of [...waiting]) wake();
  }

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
      wakeAll();
    },
    verifiedUntil(offset) {
      let piece = pieceAt(offset);
      while (piece <= last && have[piece - first] === 1) piece++;
      return piece === pieceAt(offset) ? offset : endOf(piece - 1);
    },
    changed: signal =>
      new Promise((resolve, reject) => {
        const done = () => {
          waiting.delete(done);
          signal.removeEventListener('abort', done);
          if (signal.aborted) reject(signal.reason);
          else resolve();
        };
        waiting.add(done);
        signal.addEventListener('abort', done);
        if (signal.aborted) done();
      }),
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
    end: wakeAll,
  };
}

function same(a: PieceWindow, b: PieceWindow): boolean {
  return a.first === b.first && a.last === b.last;
}
