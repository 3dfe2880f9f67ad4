/** Bytes of pieces that are used again. */

import { expect, it } from 'vitest';
import { createPieceBuffers } from '../../../../host/bittorrent/fetching/piece-buffers.ts';

const MIB = 1024 * 1024;

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

it('wait for the next piece in no more than 8 MiB, and only while any is on its way', () => {
  const buffers = createPieceBuffers();
  const many = new Set(Array.from({ length: 12 }, () => buffers.take(MIB)));
  for (const each of many) buffers.give(each);
  const again = Array.from({ length: 12 }, () => buffers.take(MIB));
  expect(again.filter(each => many.has(each))).toHaveLength(8);
  for (const each of again) buffers.give(each);
  buffers.clear();
  expect(again).not.toContain(buffers.take(MIB));

  const long = buffers.take(16 * MIB);
  buffers.give(long);
  expect(buffers.take(16 * MIB)).not.toBe(long);
});
