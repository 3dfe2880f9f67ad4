/** How large a disk is, how much of it is free, and how much is to stay so. */

import { statfs } from 'node:fs/promises';

/** bytes; `free`: for this user */
export interface Disk {
  size: number;
  free: number;
}

export async function diskOf(folder: string): Promise<Disk> {
  const { bavail, blocks, bsize } = await statfs(folder);
  return { size: blocks * bsize, free: bavail * bsize };
}

/** What `auto` keeps free: 1 GiB, of a disk that is smaller than 50 GiB 2 %. */
const AUTO_BYTES = 2 ** 30;
const AUTO_PART = 0.02;

/** bytes; `keepFree` as the person set it */
export function keptFree(keepFree: number | 'auto', { size }: Pick<Disk, 'size'>): number {
  return keepFree === 'auto' ? Math.min(AUTO_BYTES, Math.floor(size * AUTO_PART)) : keepFree;
}
