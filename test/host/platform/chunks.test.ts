/** Memory that is used again. */

import { describe, expect, it } from 'vitest';
import { giveBackChunk, joinReaders, takeChunk } from '../../../host/platform/chunks.ts';

const LARGE = 262_144;

describe('chunks', () => {
  it('that were given back are lent again, and never to two', () => {
    const first = takeChunk(LARGE);
    giveBackChunk(first.subarray(0, 10));
    giveBackChunk(first);
    const [second, third] = [takeChunk(LARGE), takeChunk(LARGE)];
    expect(second.buffer).toBe(first.buffer);
    expect(third.buffer).not.toBe(first.buffer);
  });

  it('are as long as asked, whatever the size', () => {
    for (const length of [0, 1, 65_536, LARGE, 1_048_576, 2_000_000]) expect(takeChunk(length)).toHaveLength(length);
  });

  it('get shorter the more readers there are, never too short, and long again when they leave', () => {
    const first = joinReaders();
    const alone = first.fairLength();
    const others = Array.from({ length: 2000 }, joinReaders);
    expect(first.fairLength()).toBeLessThan(alone);
    expect(first.fairLength()).toBeGreaterThanOrEqual(65_536);
    for (const reader of others) reader.leave();
    expect(first.fairLength()).toBe(alone);
    first.leave();
  });

  it('of others are left alone', () => {
    const other = new Uint8Array(LARGE);
    giveBackChunk(other);
    expect(takeChunk(LARGE).buffer).not.toBe(other.buffer);
  });
});
