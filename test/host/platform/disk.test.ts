/** How much of a disk is to stay free, and who has the rest. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { diskOf, keptFree } from '../../../host/platform/disk.ts';
import { createDiskRoom } from '../../../host/platform/disk-room.ts';

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

it('the room on a disk is given away once, without what stays free, and is free again when a download leaves', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lsd-room-'));
  let free = 10_000_000;
  const room = createDiskRoom(async () => free);
  room.keep(1_000_000);
  let missing = 6_000_000;
  const take = (owner: string, bytes: number) => room.take(owner, folder, () => bytes);
  expect(await Promise.all([room.take('a', folder, () => missing), take('b', 6_000_000)])).toEqual([true, false]);
  expect(await take('c', 3_000_000)).toBe(true);
  missing -= 4_000_000;
  free -= 4_000_000;
  expect(await take('b', 1_200_000)).toBe(false);
  room.leave('c');
  expect(await take('b', 2_500_000)).toBe(true);
  expect(await room.isFull(folder)).toBe(false);
  free = 999_999;
  expect(await room.isFull(folder)).toBe(true);
  room.keep(0);
  expect(await room.isFull(folder)).toBe(false);
  await rm(folder, { recursive: true });
  await expect(take('d', 1)).rejects.toThrow(/ENOENT/);
});
