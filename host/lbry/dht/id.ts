/** Keys of the hash table and ids of its nodes: 384 bits each, and how far one is from another. */

declare const brand: unique symbol;

/** 96 lower-case hex digits: the hash of a blob, the id of a node, or any key that an application chose. */
export type Key = string & { readonly [brand]: 'Key' };

export const KEY_BYTES = 48;

/** Undefined for bytes that are not 48. */
export function keyOf(bytes: Uint8Array): Key | undefined {
  return bytes.length === KEY_BYTES ? (Buffer.from(bytes).toString('hex') as Key) : undefined;
}

/** Undefined for text that is not 96 hex digits, in either case. */
export function parseKey(text: string): Key | undefined {
  const lower = text.toLowerCase();
  return /^[0-9a-f]{96}$/.test(lower) ? (lower as Key) : undefined;
}

export function bytesOf(key: Key): Uint8Array {
  return Buffer.from(key, 'hex');
}

/** Negative where `a` is nearer to `target` than `b` (by XOR), positive where it is farther, 0 where they are one. */
export function compareDistance(target: Key, a: Key, b: Key): number {
  for (let at = 0; at < a.length; at++) {
    if (a.charCodeAt(at) === b.charCodeAt(at)) continue;
    const digit = digitOf(target, at);
    return (digitOf(a, at) ^ digit) - (digitOf(b, at) ^ digit);
  }
  return 0;
}

/** How many of the first bits are the same, 0 to 384. */
export function commonPrefix(a: Key, b: Key): number {
  for (let at = 0; at < a.length; at++) {
    if (a.charCodeAt(at) !== b.charCodeAt(at)) return at * 4 + Math.clz32(digitOf(a, at) ^ digitOf(b, at)) - 28;
  }
  return a.length * 4;
}

function digitOf(key: Key, at: number): number {
  const code = key.charCodeAt(at);
  return code < 0x3a ? code - 0x30 : code - 0x57;
}
