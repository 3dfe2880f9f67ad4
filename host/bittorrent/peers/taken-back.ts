/**
 * Requests that were cancelled, and whose answers are still to come: each has one (BEP 6), a rejection or the block. WebTorrent
 * takes such an answer for that of a later request of the same block, which then stands forgotten in the peer's queue.
 */

import type { Wire } from 'webtorrent';

export interface TakenBack {
  /** Answers to what was cancelled a moment ago are still to come, before those to what is asked for now. Unknown without BEP 6: false. */
  readonly isDue: boolean;
  cancel(piece: number, offset: number, length: number): void;
}

/** ms after which a peer is not thought to answer any more: not all do what they say they speak */
const ANSWER_MS = 5_000;

/** `now`: ms, of a clock that is never set; `onLate`: the block came although it was cancelled, and was not asked for again. */
export function createTakenBack(
  wire: Wire,
  now: () => number,
  onLate: (piece: number, offset: number, bytes: Uint8Array) => void,
): TakenBack {
  /** answers that are due; where the peer does not speak BEP 6 a block may come, and no rejection */
  const due = new Map<string, number>();
  let cancelledAt = Number.NEGATIVE_INFINITY;
  const keyOf = (...place: number[]) => place.join();

  function answered(key: string): boolean {
    const count = due.get(key);
    if (count === undefined) return false;
    if (count > 1 && wire.hasFast) due.set(key, count - 1);
    else due.delete(key);
    return true;
  }

  const rejected = wire._onReject.bind(wire);
  wire._onReject = (piece, offset, length) => {
    if (!wire.hasFast || !answered(keyOf(piece, offset))) rejected(piece, offset, length);
  };

  const came = wire._onPiece.bind(wire);
  wire._onPiece = (piece, offset, bytes) => {
    const isLate = due.size > 0 && due.has(keyOf(piece, offset));
    const isAsked = isLate && wire.requests.some(each => each.piece === piece && each.offset === offset);
    came(piece, offset, bytes);
    if (!isLate) return;
    // It was asked for again: that request would bring it once more, and has its own answer.
    if (isAsked && wire.hasFast) wire.cancel(piece, offset, bytes.length);
    else answered(keyOf(piece, offset));
    if (!isAsked) onLate(piece, offset, bytes);
  };

  return {
    get isDue() {
      return wire.hasFast && due.size > 0 && now() - cancelledAt < ANSWER_MS;
    },
    cancel(piece, offset, length) {
      const key = keyOf(piece, offset);
      due.set(key, (due.get(key) ?? 0) + 1);
      cancelledAt = now();
      wire.cancel(piece, offset, length);
    },
  };
}
