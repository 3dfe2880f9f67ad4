/** How much of a disk is to stay free. */

import { tmpdir } from 'node:os';
import { expect, it } from 'vitest';
import { diskOf, keptFree } from '../../../host/platform/disk.ts';

const GIB = 2 ** 30;

it.each([
  ['auto', 1000 * GIB, GIB],
  ['auto', 50 * GIB, GIB],
  ['auto', 10 * GIB, Math.floor(0.2 * GIB)],
  [0, 1000 * GIB, 0],
  [5e9, 10 * GIB, 5e9],
] as const)('%s of a disk of %d bytes is %d', (set, size, kept) => {
  expect(keptFree(set, { size })).toBe(kept);
});

it('no disk has more free than it holds', async () => {
  const { size, free } = await diskOf(tmpdir());
  expect(size).toBeGreaterThan(0);
  expect(free).toBeLessThanOrEqual(size);
});
