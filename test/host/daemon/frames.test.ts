/** Framing: whatever way the bytes are cut, the same messages come out. */

import { PassThrough } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { encodeFrame, readFrames } from '../../../host/daemon/frames.ts';

describe('frames', () => {
  it('come out as they went in, however the stream is cut', () => {
    fc.assert(
      fc.property(
        fc.array(fc.jsonValue(), { maxLength: 6 }),
        fc.array(fc.nat(40), { maxLength: 40 }),
        (messages, cuts) => {
          const { received, broken } = feed(cut(Buffer.concat(messages.map(encodeFrame)), cuts));
          expect(received).toEqual(messages.map(message => JSON.parse(JSON.stringify(message))));
          expect(broken).toBe(0);
        },
      ),
    );
  });

  it('carry their length in 32 bits, little-endian', () => {
    expect([...encodeFrame('ü').subarray(0, 4)]).toEqual([4, 0, 0, 0]);
  });

  it('that are longer than 64 MiB end the link before a byte of them is kept', () => {
    const header = Buffer.alloc(4);
    header.writeUInt32LE(64 * 1024 * 1024 + 1);
    expect(feed([header])).toEqual({ received: [], broken: 1 });
  });

  it('that hold no JSON end the link, and nothing after them is read', () => {
    const frame = Buffer.from([2, 0, 0, 0, 0x7b, 0x7b]);
    expect(feed([frame, encodeFrame(1)])).toEqual({ received: [], broken: 1 });
  });
});

function cut(bytes: Buffer, sizes: number[]): Buffer[] {
  const parts: Buffer[] = [];
  let at = 0;
  for (const size of sizes) {
    parts.push(bytes.subarray(at, at + size));
    at += size;
  }
  return [...parts, bytes.subarray(at)].filter(part => part.length > 0);
}

function feed(parts: Buffer[]): { received: unknown[]; broken: number } {
  const stream = new PassThrough();
  const received: unknown[] = [];
  let broken = 0;
  readFrames(
    stream,
    message => received.push(message),
    () => broken++,
  );
  for (const part of parts) stream.emit('data', part);
  return { received, broken };
}
