/** What goes to a browser stays below native messaging's limit of a message: the heaviest list of it is cut. */

import { LsdError } from '../../shared/errors.ts';
import { MAX_FRAME_BYTES } from '../../shared/protocol.ts';

/** What JSON-RPC puts around a result. */
const ENVELOPE_BYTES = 1024;
export const ROOM_BYTES = MAX_FRAME_BYTES - ENVELOPE_BYTES;

/** `result`, or a copy of it that fits. A browser that is sent too much closes the connection. */
export function fitted(result: unknown): unknown {
  let now = result;
  for (let size = bytesOf(now); size > ROOM_BYTES; size = bytesOf(now)) now = shortened(now, size - ROOM_BYTES);
  return now;
}

/** At least so many bytes shorter, or with an empty list. */
function shortened(value: unknown, excess: number): unknown {
  if (Array.isArray(value) && value.length > 0) return withoutLast(value, excess);
  const entries = typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.entries(value) : [];
  const heaviest = entries.reduce<[string, unknown] | undefined>(
    (most, entry) => (most && bytesOf(most[1]) >= bytesOf(entry[1]) ? most : entry),
    undefined,
  );
  if (!heaviest)
    throw new LsdError('internal', 'The answer is too long for the browser. Use the command line instead.');
  return { ...Object.fromEntries(entries), [heaviest[0]]: shortened(heaviest[1], excess) };
}

function withoutLast(list: unknown[], excess: number): unknown[] {
  let end = list.length;
  for (let left = excess; left > 0 && end > 0; end--) left -= bytesOf(list[end - 1]) + 1;
  return list.slice(0, end);
}

function bytesOf(value: unknown): number {
  return Buffer.byteLength(JSON.stringify(value) ?? '');
}
