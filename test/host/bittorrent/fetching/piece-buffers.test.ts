/** Bytes of pieces that are used again. */

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { createPieceBuffers } from '../../../../host/bittorrent/fetching/piece-buffers.ts';

const MIB = 1024 * 1024;

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it('are those that were given back, as long as they are as long as the piece', () => {
  const buffers = createPieceBuffers();
  const first = buffers.take(MIB);
  expect(first.length).toBe(MIB);
  expect(buffers.take(MIB)).not.toBe(first);
  buffers.give(first);
  const last = buffers.take(5);
  expect(last.length).toBe(5);
  buffers.give(last);
  expect(buffers.take(MIB)).toBe(first);
});

it('wait for the next piece in no more than 8 MiB, those that were used last', () => {
  const buffers = createPieceBuffers();
  const many = Array.from({ length: 12 }, () => buffers.take(MIB));
  for (const each of [buffers.take(16 * MIB), buffers.take(5), ...many]) buffers.give(each);
  const again = Array.from({ length: 12 }, () => buffers.take(MIB));
  expect(again.slice(0, 8).every((each, at) => each === many.at(-1 - at))).toBe(true);
  expect(again.slice(8).some(each => many.includes(each))).toBe(false);
});

it('go when none was used for a while', () => {
  const buffers = createPieceBuffers();
  const bytes = buffers.take(MIB);
  buffers.give(bytes);
  vi.advanceTimersByTime(4_000);
  expect(buffers.take(MIB)).toBe(bytes);
  buffers.give(bytes);
  vi.advanceTimersByTime(4_000);
  expect(buffers.take(MIB)).toBe(bytes);
  buffers.give(bytes);
  vi.advanceTimersByTime(12_000);
  expect(buffers.take(MIB)).not.toBe(bytes);
});
