/** The framing of native messaging, used on the control socket too: a 32-bit little-endian length, then JSON in UTF-8. */

import type { Readable, Writable } from 'node:stream';
import { LsdError } from '../../shared/errors.ts';

/** The most that a browser may send (its own limit for pages is 64 MiB). */
const MAX_INCOMING_BYTES = 64 * 1024 * 1024;

export function encodeFrame(message: unknown): Buffer {
  const body = Buffer.from(JSON.stringify(message), 'utf8');
  const frame = Buffer.allocUnsafe(4 + body.length);
  frame.writeUInt32LE(body.length, 0);
  body.copy(frame, 4);
  return frame;
}

export function writeFrame(stream: Writable, message: unknown): void {
  if (!stream.destroyed && stream.writable) stream.write(encodeFrame(message));
}

/** Calls `onMessage` for each frame that arrives; `onBroken` once when the bytes make no sense, and reads no further. */
export function readFrames(
  stream: Readable,
  onMessage: (message: unknown) => void,
  onBroken: (error: LsdError) => void,
): void {
  let chunks: Buffer[] = [];
  let have = 0;
  let need: number | undefined;

  function take(count: number): Buffer {
    const whole = chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks, have);
    chunks = whole.length > count ? [whole.subarray(count)] : [];
    have -= count;
    return whole.subarray(0, count);
  }

  function drain(): void {
    for (;;) {
      if (need === undefined) {
        if (have < 4) return;
        need = take(4).readUInt32LE(0);
        if (need > MAX_INCOMING_BYTES) throw new LsdError('invalid', `A message of ${need} bytes is too long.`);
      }
      if (have < need) return;
      const body = take(need);
      need = undefined;
      onMessage(JSON.parse(body.toString('utf8')));
    }
  }

  stream.on('data', onData);
  function onData(chunk: Buffer): void {
    chunks.push(chunk);
    have += chunk.length;
    try {
      drain();
    } catch (cause) {
      stream.off('data', onData);
      onBroken(cause instanceof LsdError ? cause : new LsdError('invalid', 'A message was not JSON.', { cause }));
    }
  }
}
