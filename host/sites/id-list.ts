/** A list of ids in little memory: 20 bytes each, where a string in an array takes 60. */

import { setImmediate as breathe } from 'node:timers/promises';
import { type Id, parseId } from '../../shared/id.ts';

const BYTES = 20;
/** ids in one piece of memory; a list grows by pieces, and is never copied as a whole */
const PIECE = 65_536;
const BUCKETS = 256;
/** ids from which on whoever else runs on this thread has a turn in between */
const MANY = 10_000;
const QUOTE = 0x22;

export interface IdList extends Iterable<Id> {
  readonly length: number;
  clear(): void;
  push(id: Id): void;
  /** Takes the id that stands there as 40 hex digits (ASCII) and the closing quote; false where none does. */
  pushDigits(text: Uint8Array, at: number): boolean;
  /** In order, each once; in place, and without holding up whoever else runs on this thread. */
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

  /** Puts them in order of their first byte alone, in place; where the ids of each end. */
  async function bucket(): Promise<Uint32Array> {
    const ends = new Uint32Array(BUCKETS);
    for (let index = 0; index < length; index++) ends[firstByteAt(index)]!++;
    const next = new Uint32Array(BUCKETS);
    for (let sum = 0, first = 0; first < BUCKETS; first++) {
      next[first] = sum;
      sum += ends[first]!;
      ends[first] = sum;
    }
    for (const [first, end] of ends.entries()) {
      while (next[first]! < end) {
        const actual = firstByteAt(next[first]!);
        if (actual !== first) swap(next[first]!, next[actual]!);
        next[actual]!++;
      }
      if (length > MANY) await breathe();
    }
    return ends;
  }

  function firstByteAt(index: number): number {
    return pieces[Math.floor(index / PIECE)]![(index % PIECE) * BYTES]!;
  }

  function swap(one: number, other: number): void {
    const [here, there] = [pieces[Math.floor(one / PIECE)]!, pieces[Math.floor(other / PIECE)]!];
    const [from, to] = [(one % PIECE) * BYTES, (other % PIECE) * BYTES];
    for (let byte = 0; byte < BYTES; byte++) {
      const kept = here[from + byte]!;
      here[from + byte] = there[to + byte]!;
      there[to + byte] = kept;
    }
  }

  function put(index: number, id: Id): void {
    pieces[Math.floor(index / PIECE)]!.write(id, (index % PIECE) * BYTES, 'hex');
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
      let [read, written] = [0, 0];
      for (const end of await bucket()) {
        const ids: Id[] = [];
        for (; read < end; read++) ids.push(idAt(read));
        ids.sort();
        for (const [n, id] of ids.entries()) if (id !== ids[n - 1]) put(written++, id);
        if (end > MANY) await breathe();
      }
      pieces.length = Math.ceil(written / PIECE);
      length = written;
      isSorted = true;
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
