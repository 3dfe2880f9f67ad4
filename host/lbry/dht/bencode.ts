/**
 * Bencode as LBRY's DHT has it: keys of dictionaries may be integers, nodes written in Go send them as text, and nobody is strict.
 * Reads what the network sends and writes what lbry-sdk writes; core's codec is the strict one.
 */

import { LsdError } from '../../../shared/errors.ts';
import { ascii, latin1 } from '../../core/bencode.ts';

export type DhtValue = number | Uint8Array | DhtValue[] | DhtDict;
/** Keys as Latin-1 text, one character a byte. What is decoded has no integer keys: 0 is '0' there. */
export type DhtDict = Map<string | number, DhtValue>;

const MAX_DEPTH = 8;
/** A datagram of the network is at most 1400 bytes long; so is this, in values. */
const MAX_VALUES = 2_000;
const COLON = 0x3a;
const END = 0x65;
const INTEGER = 0x69;
const LIST = 0x6c;
const DICT = 0x64;

/** The value at the start of `bytes`; what follows is left alone. Throws `invalid`. */
export function decodeValue(bytes: Uint8Array): DhtValue {
  let at = 0;
  let values = 0;

  function value(depth: number): DhtValue {
    if (depth > MAX_DEPTH || ++values > MAX_VALUES) throw refused('it is nested too deeply, or holds too much');
    switch (bytes[at]) {
      case INTEGER:
        return integer();
      case LIST:
        return list(depth);
      case DICT:
        return dict(depth);
      default:
        return string();
    }
  }

  function numberUntil(stop: number): number {
    const end = bytes.indexOf(stop, at);
    const text = end < 0 || end - at > 17 ? '' : latin1(bytes.subarray(at, end));
    const number = /^-?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!Number.isSafeInteger(number)) throw refused('a number in it is none');
    at = end + 1;
    return number;
  }

  function integer(): number {
    at++;
    return numberUntil(END);
  }

  function string(): Uint8Array {
    const length = numberUntil(COLON);
    if (length < 0 || length > bytes.length - at) throw refused('it ends too early');
    at += length;
    return bytes.subarray(at - length, at);
  }

  function list(depth: number): DhtValue[] {
    at++;
    const items: DhtValue[] = [];
    while (notEnd()) items.push(value(depth + 1));
    at++;
    return items;
  }

  function dict(depth: number): DhtDict {
    at++;
    const entries: DhtDict = new Map();
    while (notEnd()) {
      const key = bytes[at] === INTEGER ? String(integer()) : latin1(string());
      entries.set(key, value(depth + 1));
    }
    at++;
    return entries;
  }

  function notEnd(): boolean {
    if (at >= bytes.length) throw refused('it ends too early');
    return bytes[at] !== END;
  }

  return value(1);
}

/** Keys are sorted: integers by number, then texts bytewise. */
export function encodeValue(value: DhtValue): Uint8Array {
  const parts: Uint8Array[] = [];
  write(value, parts);
  return Buffer.concat(parts);
}

function write(value: DhtValue, parts: Uint8Array[]): void {
  if (typeof value === 'number') {
    parts.push(ascii(`i${value}e`));
  } else if (value instanceof Uint8Array) {
    parts.push(ascii(`${value.length}:`), value);
  } else if (Array.isArray(value)) {
    parts.push(ascii('l'));
    for (const item of value) write(item, parts);
    parts.push(ascii('e'));
  } else {
    parts.push(ascii('d'));
    for (const [key, item] of [...value].sort(([a], [b]) => compareKeys(a, b))) {
      write(typeof key === 'number' ? key : ascii(key), parts);
      write(item, parts);
    }
    parts.push(ascii('e'));
  }
}

function compareKeys(a: string | number, b: string | number): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b;
  if (typeof a === typeof b) return a < b ? -1 : 1;
  return typeof a === 'number' ? -1 : 1;
}

function refused(why: string): LsdError {
  return new LsdError('invalid', `This is no datagram of the DHT: ${why}.`);
}
