/**
 * Which block a peer is asked for next. In this order: of what readers wait for, the blocks that a slower peer would bring
 * too late; the readers' windows, each in turn; pieces that have begun; then new pieces, from where the readers are on, or
 * the rarest first where others fetch as well. When nothing else is left, what slower peers still owe.
 */

import type { Torrent, Wire } from 'webtorrent';
import { type Asked, createFlight, type Flight } from './flight.ts';
import type { Pipeline } from './pipeline.ts';

/** Pieces, first and last inclusive. */
export interface PieceRange {
  first: number;
  last: number;
}

/** What a reader needs; every piece before `head` is here. */
interface Window extends PieceRange {
  head: number;
}

export interface Pick {
  flight: Flight;
  block: number;
}

/** Of a peer, as far as it matters here. */
export interface Line {
  readonly wire: Wire;
  readonly pipeline: Pipeline;
  /** what it begun last: its blocks stay together */
  current: Flight | undefined;
}

export interface WantedPieces {
  has(piece: number): boolean;
  /** from the first on, also where others fetch */
  readonly sequential: boolean;
  /** in order: these are begun before the others. Another array, where they are others */
  readonly high: readonly PieceRange[];
}

export interface PickerDeps {
  torrent: Torrent;
  range: PieceRange;
  /** Nothing is begun but what readers want. */
  readersOnly?: boolean;
  /** Which pieces are begun without a reader, and how; all, where it is left out. */
  wanted?: WantedPieces;
  now(): number;
  /** the bytes that a piece is put together in */
  take(length: number): Uint8Array;
  lineOf(wire: Wire): Line;
}

export interface Picker {
  readonly flights: Map<number, Flight>;
  /** A reader waits for a piece that is not here. */
  readonly urgent: boolean;
  /** There is a reader, or there was a moment ago: players jump by leaving, and asking anew. */
  readonly mayJump: boolean;
  /** True where a reader is at another place than it would have read on to, or left what has not come. */
  focus(windows: readonly PieceRange[]): boolean;
  inWindows(piece: number): boolean;
  /** Of a piece that is still to be fetched. */
  flightOf(piece: number): Flight | undefined;
  /** Of pieces that nobody was asked for, the next: for those who give whole pieces. */
  untouched(line: Line): Flight | undefined;
  next(line: Line): Pick | undefined;
  /** The piece was here, and is to be fetched again. */
  lost(piece: number): void;
  /**
   * Forgets begun pieces that nobody is asked for any more, where they would take more than so many bytes: peers could have
   * us hold as many as there are, by a block of each.
   */
  dropStalled(mostBytes: number): void;
  /** Has the peer anything that is still to be fetched? */
  isOfUse(wire: Wire): boolean;
}

/** of how many pieces the rarest is taken */
const SAMPLE = 32;
/** a block that is asked of so many peers is not asked of another */
const MAX_COPIES = 2;
/** a second request must promise to be faster by so much, ms: each costs its bytes twice */
const WORTH_MS = 20;
/** after which a reader that left is not thought to come back at another place, ms */
const BACK_MS = 2_000;
/** what a peer that has sent nothing yet is thought to take, ms */
const UNKNOWN_MS = 250;

export function createPicker({ torrent, range, readersOnly = false, wanted, now, take, lineOf }: PickerDeps): Picker {
  const flights = new Map<number, Flight>();
  let windows: Window[] = [];
  let high: { of: readonly PieceRange[]; windows: Window[] } = { of: [], windows: [] };
  let leftAt = Number.NEGATIVE_INFINITY;
  let turn = 0;
  /** every piece of the range before it is here */
  let firstMissing = range.first;

  // Until it is ready nothing is known of what is here.
  const isMissing = (piece: number) => !(torrent.ready && torrent.bitfield.get(piece));
  const isWanted = (piece: number) => wanted?.has(piece) ?? true;
  const gives = ({ peerPieces, peerChoking, peerAllowedFastSet }: Wire, piece: number) =>
    peerPieces.get(piece) && (!peerChoking || peerAllowedFastSet.includes(piece));

  function flightOf(piece: number): Flight {
    const existing = flights.get(piece);
    if (existing) return existing;
    const isLast = piece === torrent.pieces.length - 1;
    const made = createFlight(piece, isLast ? torrent.lastPieceLength : torrent.pieceLength, take);
    flights.set(piece, made);
    return made;
  }

  const inWindows = (piece: number) => windows.some(({ first, last }) => first <= piece && piece <= last);

  /** The first piece that the reader still waits for. */
  function headOf(window: Window): number | undefined {
    while (window.head <= window.last && !isMissing(window.head)) window.head++;
    return window.head <= window.last ? window.head : undefined;
  }

  /** The first missing piece of each window, the second of each, …; another reader comes first each time. */
  function* windowPieces(): Generator<number> {
    turn++;
    const open = windows.filter(window => headOf(window) !== undefined);
    const longest = Math.max(0, ...open.map(({ head, last }) => last - head + 1));
    for (let at = 0; at < longest; at++) {
      for (let reader = 0; reader < open.length; reader++) {
        const { head, last } = open[(reader + turn) % open.length]!;
        if (head + at <= last && isMissing(head + at)) yield head + at;
      }
    }
  }

  function late({ wire, pipeline }: Line, flight: Flight): Pick | undefined {
    const mine = pipeline.expectedMs(wire.requests.length);
    for (let block = 0; block < flight.blockCount; block++) {
      if (flight.has(block)) continue;
      const asked = flight.askedOf(block);
      if (asked.length === 0 || asked.some(each => each.wire === wire)) continue;
      const takes = asked.map(stillTakes);
      // Who is long overdue may never send it: two of that kind must not keep it from the others.
      if (takes.filter(Number.isFinite).length >= MAX_COPIES) continue;
      if (takes.every(ms => mine * 1.5 + WORTH_MS < ms)) return { flight, block };
    }
    return undefined;
  }

  /** ms until it comes, as far as its peer's pace tells; endless where it is long overdue. */
  function stillTakes({ wire, at, outstanding }: Asked): number {
    const expected = lineOf(wire).pipeline.expectedMs(outstanding - 1);
    const takes = Number.isFinite(expected) ? expected : UNKNOWN_MS;
    const waited = now() - at;
    return waited > takes * 2 + WORTH_MS ? Number.POSITIVE_INFINITY : Math.max(0, takes - waited);
  }

  function freeOf(line: Line, flight: Flight | undefined): Pick | undefined {
    if (!flight || flights.get(flight.piece) !== flight || !gives(line.wire, flight.piece)) return undefined;
    const block = flight.free();
    return block === undefined ? undefined : { flight, block };
  }

  function forReaders(line: Line): Pick | undefined {
    for (const window of windows) {
      const head = headOf(window);
      const flight = head === undefined ? undefined : flights.get(head);
      const pick = flight && gives(line.wire, flight.piece) ? late(line, flight) : undefined;
      if (pick) return pick;
    }
    for (const piece of windowPieces()) {
      const pick = gives(line.wire, piece) ? freeOf(line, flightOf(piece)) : undefined;
      if (pick) return pick;
    }
    return undefined;
  }

  function begun(line: Line): Pick | undefined {
    const current = freeOf(line, line.current);
    if (current) return current;
    for (const flight of flights.values()) {
      const pick = freeOf(line, flight);
      if (pick) return pick;
    }
    return undefined;
  }

  /** Of what comes before the others, in its order. */
  function highPiece(wire: Wire): number | undefined {
    if (wanted && wanted.high !== high.of) high = { of: wanted.high, windows: wanted.high.map(openWindow) };
    for (const window of high.windows) {
      for (let piece = headOf(window) ?? window.last + 1; piece <= window.last; piece++) {
        if (isMissing(piece) && !flights.has(piece) && gives(wire, piece)) return piece;
      }
    }
    return undefined;
  }

  function newPiece(wire: Wire): number | undefined {
    if (readersOnly) return undefined;
    const before = highPiece(wire);
    if (before !== undefined) return before;
    while (firstMissing <= range.last && !isMissing(firstMissing)) firstMissing++;
    const othersFetch = !wanted?.sequential && torrent.wires.some(each => each.type !== 'webSeed' && !each.isSeeder);
    const ahead = windows.length > 0 ? Math.max(...windows.map(window => window.last)) + 1 : firstMissing;
    const begin = windows.length === 0 && othersFetch ? randomIn(firstMissing, range.last) : ahead;
    const sample = windows.length === 0 && othersFetch ? SAMPLE : 1;
    let best: number | undefined;
    let bestHolders = Number.POSITIVE_INFINITY;
    let seen = 0;
    for (let step = 0; step <= range.last - firstMissing && seen < sample; step++) {
      const piece = wrapped(begin + step);
      if (!isMissing(piece) || !isWanted(piece) || flights.has(piece) || !gives(wire, piece)) continue;
      seen++;
      const holders = sample === 1 ? 0 : torrent.wires.filter(each => each.peerPieces.get(piece)).length;
      if (holders >= bestHolders) continue;
      best = piece;
      bestHolders = holders;
    }
    return best;
  }

  function wrapped(piece: number): number {
    return piece <= range.last ? piece : firstMissing + ((piece - range.last - 1) % (range.last - firstMissing + 1));
  }

  function owed(line: Line): Pick | undefined {
    for (const flight of flights.values()) {
      const pick = gives(line.wire, flight.piece) ? late(line, flight) : undefined;
      if (pick) return pick;
    }
    return undefined;
  }

  return {
    flights,
    get urgent() {
      return windows.some(window => headOf(window) !== undefined);
    },
    get mayJump() {
      return windows.length > 0 || now() - leftAt < BACK_MS;
    },
    focus(next) {
      const came = next.some(({ first }) => !inWindows(first) && !inWindows(first - 1));
      if (windows.length > 0 && next.length === 0) leftAt = now();
      const awaited = windows.flatMap(window => headOf(window) ?? []);
      windows = next.map(window => {
        const first = Math.max(window.first, range.first);
        return { first, last: Math.min(window.last, range.last), head: first };
      });
      return came || awaited.some(piece => !inWindows(piece));
    },
    inWindows,
    flightOf: piece => (isMissing(piece) ? flightOf(piece) : undefined),
    untouched({ wire }) {
      for (const piece of windowPieces()) {
        if (gives(wire, piece) && (flights.get(piece)?.untouched ?? true)) return flightOf(piece);
      }
      const piece = newPiece(wire);
      return piece === undefined ? undefined : flightOf(piece);
    },
    next(line) {
      const pick = forReaders(line) ?? begun(line);
      if (pick) return pick;
      const piece = newPiece(line.wire);
      if (piece === undefined) return owed(line);
      line.current = flightOf(piece);
      return freeOf(line, line.current);
    },
    lost(piece) {
      firstMissing = Math.min(firstMissing, piece);
      for (const window of [...windows, ...high.windows])
        window.head = Math.max(window.first, Math.min(window.head, piece));
    },
    dropStalled(mostBytes) {
      const most = Math.max(1, Math.floor(mostBytes / torrent.pieceLength));
      if (flights.size <= most) return;
      const stalled = [...flights.values()].filter(flight => flight.stalled);
      for (const { piece } of stalled.slice(0, -most)) flights.delete(piece);
    },
    isOfUse(wire) {
      for (let piece = firstMissing; piece <= range.last; piece++) {
        if (isMissing(piece) && wire.peerPieces.get(piece) && (isWanted(piece) || inWindows(piece))) return true;
      }
      return false;
    },
  };
}

function openWindow({ first, last }: PieceRange): Window {
  return { first, last, head: first };
}

function randomIn(first: number, last: number): number {
  return first + Math.floor(Math.random() * Math.max(1, last - first + 1));
}
