/** How far ahead of a reader its bytes come first. */

import { expect, it } from 'vitest';
import { createReadAhead } from '../../../../host/bittorrent/fetching/read-ahead.ts';

const MIB = 1024 * 1024;

/** A player that fills a buffer at once, and then takes `rate` bytes a second for a minute. */
function played(rate: number) {
  const ahead = createReadAhead();
  ahead.took(256 * 1024, 1);
  for (let s = 0; s < 60; s++) ahead.took(rate, 1000);
  return ahead.bytes;
}

it('it is 20 s of what a player takes once its buffer is full, of a film and of a talk', () => {
  expect(played(625_000) / 625_000).toBeGreaterThan(19.9);
  expect(played(625_000) / 625_000).toBeLessThan(21);
  expect(played(2_000_000) / 2_000_000).toBeCloseTo(20, 0);
});

it('it follows a reader that slows down', () => {
  const ahead = createReadAhead();
  for (let s = 0; s < 60; s++) ahead.took(3_000_000, 1000);
  for (let s = 0; s < 60; s++) ahead.took(300_000, 1000);
  expect(ahead.bytes).toBeLessThan(20 * 600_000);
});

it('it is 4 MiB while nothing is known of the reader, at least 1 MiB, and at most 64 MiB', () => {
  expect(createReadAhead().bytes).toBe(4 * MIB);
  expect(played(10_000)).toBe(MIB);
  expect(played(100_000_000)).toBe(64 * MIB);
});
