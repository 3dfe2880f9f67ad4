/**
 * Bencode (BEP 3), strictly: sorted unique keys, no leading zeros, no `-0`, bounded depth.
 * `encode(decode(b)) = b` for every `b` that decodes. Dictionaries keep the raw bytes they came from, for hashing.
 */

export type BValue = number | bigint | Uint8Array | BValue[] | BDict;

export interface BDict {
  /** keys as Latin-1 text, one character a byte */
  readonly entries: ReadonlyMap<string, BValue>;
  /** the very bytes it was decoded from; undefined for one that was made */
  readonly raw?: Uint8Array;
}

export class BencodeError extends Error {
  override readonly name = 'BencodeError';
}

export interface DecodeLimits {
  maxDepth: number;
}

const ZERO = 0x30;
const COLON = 0x3a;
/** of the length of a string; more than any has */
const MOST_DIGITS = 15;
const END = 0x65;
const INTEGER = 0x69;
const LIST = 0x6c;
const DICT = 0x64;

/** The value in `bytes`, which must end where the value ends. */
export function decode(bytes: Uint8Array, limits: DecodeLimits = { maxDepth: 32 }): BValue {
  const { value, end } = decodePrefix(bytes, limits);
  if (end !== bytes.length) throw new BencodeError(`${bytes.length - end} bytes follow the value`);
  return value;
}

/** The value at the start of `bytes`, and where it ends (a ut_metadata message has bytes after its dictionary). */
export function decodePrefix(
  bytes: Uint8Array,
  limits: DecodeLimits = { maxDepth: 32 },
): { value: BValue; end: number } {
  let at = 0;

  function value(depth: number): BValue {
    if (depth > limits.maxDepth) throw new BencodeError(`nested deeper than ${limits.maxDepth}`);
    const type = bytes[at];
    if (type === INTEGER) return integer();
    if (type === LIST) return list(depth);
    if (type === DICT) return dict(depth);
    return string();
  }

  function until(stop: number): string {
    const end = bytes.indexOf(stop, at);
    if (end < 0 || end - at > 24) throw new BencodeError(`no end of a number at ${at}`);
    const text = latin1(bytes.subarray(at, end));
    at = end + 1;
    return text;
  }

  function integer(): number | bigint {
    at++;
    const text = until(END);
    if (!/^(0|-?[1-9][0-9]*)$/.test(text)) throw new BencodeError(`"${text}" is not an integer`);
    const number = Number(text);
    return Number.isSafeInteger(number) ? number : BigInt(text);
  }

  /** Of a string. Digit by digit: a torrent of 100,000 files has half a million of them. */
  function length(): number {
    const start = at;
    let number = 0;
    for (let digit = bytes[at]! - ZERO; digit >= 0 && digit <= 9; digit = bytes[++at]! - ZERO) {
      number = number * 10 + digit;
      if (at - start > MOST_DIGITS) break;
    }
    const isCanonical = at - start === 1 || (at > start && bytes[start] !== ZERO);
    if (bytes[at] !== COLON || !isCanonical) throw new BencodeError(`no length of a string at ${start}`);
    at++;
    return number;
  }

  function string(): Uint8Array {
    const end = length() + at;
    if (end > bytes.length) throw new BencodeError('a string goes on past the end');
    const slice = bytes.subarray(at, end);
    at = end;
    return slice;
  }

  function list(depth: number): BValue[] {
    at++;
    const items: BValue[] = [];
    while (notEnd()) items.push(value(depth + 1));
    at++;
    return items;
  }

  function dict(depth: number): BDict {
    const start = at++;
    const entries = new Map<string, BValue>();
    let last: string | undefined;
    while (notEnd()) {
      const key = latin1(string());
      if (last !== undefined && key <= last) throw new BencodeError('the keys of a dictionary are not in order');
      last = key;
      entries.set(key, value(depth + 1));
    }
    at++;
    return { entries, raw: bytes.subarray(start, at) };
  }

  function notEnd(): boolean {
    if (at >= bytes.length) throw new BencodeError('it ends too early');
    return bytes[at] !== END;
  }

  const first = value(1);
  return { value: first, end: at };
}

export function isDict(value: BValue | undefined): value is BDict {
  return typeof value === 'object' && 'entries' in value && value.entries instanceof Map;
}

/** A dictionary to encode; keys are Latin-1 text and are sorted by the encoder. */
export function dict(entries: Record<string, BValue | undefined>): BDict {
  const present = Object.entries(entries).filter((entry): entry is [string, BValue] => entry[1] !== undefined);
  return { entries: new Map(present) };
}

export function encode(value: BValue): Uint8Array {
  const parts: Uint8Array[] = [];
  write(value, parts);
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function write(value: BValue, parts: Uint8Array[]): void {
  if (typeof value === 'number' || typeof value === 'bigint') {
    if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new BencodeError(`${value} is no integer`);
    parts.push(ascii(`i${value}e`));
  } else if (value instanceof Uint8Array) {
    parts.push(ascii(`${value.length}:`), value);
  } else if (Array.isArray(value)) {
    parts.push(ascii('l'));
    for (const item of value) write(item, parts);
    parts.push(ascii('e'));
  } else {
    parts.push(ascii('d'));
    for (const key of [...value.entries.keys()].sort()) {
      write(ascii(key), parts);
      write(value.entries.get(key)!, parts);
    }
    parts.push(ascii('e'));
  }
}

/** bytes up to which one after the other is quicker */
const SHORT = 32;

/** Bytes as text, one character a byte. */
export function latin1(bytes: Uint8Array): string {
  let text = '';
  if (bytes.length <= SHORT) {
    for (const byte of bytes) text += String.fromCharCode(byte);
    return text;
  }
  for (let at = 0; at < bytes.length; at += 8192) text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return text;
}

/** Text of characters up to U+00FF as bytes; others are refused. */
export function ascii(text: string): Uint8Array {
  const bytes = new Uint8Array(text.length);
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code > 0xff) throw new BencodeError(`character ${at} of ${JSON.stringify(text)} is no single byte`);
    bytes[at] = code;
  }
  return bytes;
}
