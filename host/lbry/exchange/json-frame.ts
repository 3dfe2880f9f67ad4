/** One JSON object at the start of bytes that go on: the blob exchange has no other frames, and blobs follow at once. */

import { LsdError } from '../../../shared/errors.ts';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN = 0x7b;
const CLOSE = 0x7d;
const BLANKS = new Set([0x20, 0x09, 0x0a, 0x0d]);

export interface JsonFrame {
  value: object;
  /** where it ends: what follows is not JSON any more */
  end: number;
}

/** Undefined where the object is not whole yet. Throws `invalid` for what will never be one. Blanks before it are skipped. */
export function readJsonFrame(bytes: Uint8Array): JsonFrame | undefined {
  let start = 0;
  while (start < bytes.length && BLANKS.has(bytes[start]!)) start++;
  if (start === bytes.length) return undefined;
  if (bytes[start] !== OPEN) throw refused();
  const end = endOfObject(bytes, start);
  if (end === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(Buffer.from(bytes.subarray(start, end)).toString('utf8'));
    if (typeof value === 'object' && value !== null) return { value, end };
  } catch {
    // is refused below
  }
  throw refused();
}

/** Behind the brace that closes the first; braces in texts do not count. */
function endOfObject(bytes: Uint8Array, start: number): number | undefined {
  let depth = 0;
  let isText = false;
  for (let at = start; at < bytes.length; at++) {
    const byte = bytes[at];
    if (isText && byte === BACKSLASH) at++;
    else if (byte === QUOTE) isText = !isText;
    else if (!isText && byte === OPEN) depth++;
    else if (!isText && byte === CLOSE && --depth === 0) return at + 1;
  }
  return undefined;
}

function refused(): LsdError {
  return new LsdError('invalid', 'A blob peer sent something that is no JSON object.');
}
