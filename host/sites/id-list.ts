/** A list of ids in little memory: 20 bytes each, where a string in an array takes 60. */

import { setImmediate as breathe } from 'node:timers/promises';
import { type Id, parseId } from '../../shared/id.ts';

const BYTES = 20;
/** ids in one piece of memory; a list grows by pieces, and is never copied as a whole */
const PIECE = 65_536;
const BUCKETS = 256;
const QUOTE = 0x22;

export interface IdList extends Iterable<Id> {
  readonly length: number;
  clear(): void;
  push(id: Id): void;
  /** Takes the id that stands there as 40 hex digits (ASCII) and the closing quote; false where none does. */
  pushDigits(text: Uint8Array, at: number): boolean;
  /** In order, each once; without holding up whoever else runs on this thread. */
  sort(): Promise<void>;
  /** Only in a list that was sorted. */
  has(id: Id): boolean;
}

export function createIdList(): IdList {
  let pieces: Buffer[] = [];
  let length = 0;
  let isSorted = true;
  const slot = new Uint8Array(BYTES);

  function add(id: Uint8Array): void {
    if (length % PIECE === 0) pieces.push(Buffer.allocUnsafeSlow(PIECE * BYTES));
    if (length > 0 && compareAt(length - 1, id) >= 0) isSorted = false;
    pieces[pieces.length - 1]!.set(id, (length % PIECE) * BYTES);
    length++;
  }

  function compareAt(index: number, id: Uint8Array): number {
    const at = (index % PIECE) * BYTES;
    return pieces[Math.floor(index / PIECE)]!.compare(id, 0, BYTES, at, at + BYTES);
  }

  function idAt(index: number): Id {
    const at = (index % PIECE) * BYTES;
    return parseId(pieces[Math.floor(index / PIECE)]!.toString('hex', at, at + BYTES))!;
  }

  /** Sorted by their first byte alone. */
  function bucketed(): { all: Buffer; ends: Uint32Array } {
    const ends = new Uint32Array(BUCKETS);
    const eachFirst = (work: (first: number, piece: Buffer, at: number) => void) => {
      for (let index = 0; index < length; index++) {
        const piece = pieces[Math.floor(index / PIECE)]!;
        const at = (index % PIECE) * BYTES;
        work(piece[at]!, piece, at);
      }
    };
    eachFirst(first => ends[first]!++);
    let sum = 0;
    for (const [bucket, count] of ends.entries()) {
      ends[bucket] = sum;
      sum += count;
    }
    const all = Buffer.allocUnsafeSlow(length * BYTES);
    eachFirst((first, piece, at) => piece.copy(all, ends[first]!++ * BYTES, at, at + BYTES));
    return { all, ends };
  }

  function clear(): void {
    pieces = [];
    length = 0;
    isSorted = true;
  }

  return {
    get length() {
      return length;
    },
    clear,
    push(id) {
      slot.set(Buffer.from(id, 'hex'));
      add(slot);
    },
    pushDigits(text, at) {
      if (text[at + 2 * BYTES] !== QUOTE) return false;
      for (let byte = 0; byte < BYTES; byte++) {
        const value = (DIGITS[text[at + 2 * byte]!]! << 4) | DIGITS[text[at + 2 * byte + 1]!]!;
        if (value < 0) return false;
        slot[byte] = value;
      }
      add(slot);
      return true;
    },
    async sort() {
      if (isSorted) return;
      const { all, ends } = bucketed();
      clear();
      let at = 0;
      for (const end of ends) {
        const ids: string[] = [];
        for (; at < end; at++) ids.push(all.toString('hex', at * BYTES, (at + 1) * BYTES));
        ids.sort();
        for (const [n, id] of ids.entries()) if (id !== ids[n - 1]) add(Buffer.from(id, 'hex'));
        if (end > 10_000) await breathe();
      }
    },
    has(id) {
      const wanted = Buffer.from(id, 'hex');
      let [low, high] = [0, length];
      while (low < high) {
        const middle = (low + high) >>> 1;
        const order = compareAt(middle, wanted);
        if (order === 0) return true;
        if (order < 0) low = middle + 1;
        else high = middle;
      }
      return false;
    },
    *[Symbol.iterator]() {
      for (let index = 0; index < length; index++) yield idAt(index);
    },
  };
}

/** Of each byte the hex digit that it stands for, or -1. */
const DIGITS = Int8Array.from({ length: 256 }, (_, code) => {
  const digit = Number.parseInt(String.fromCharCode(code), 16);
  return Number.isNaN(digit) ? -1 : digit;
});
