/** Whether there is room on the disk for another download, beside what is to stay free and what the others still need. */

import { stat } from 'node:fs/promises';
import { diskOf, keptFree } from './disk.ts';

export type FreeBytes = (folder: string) => Promise<number>;

const freeBytesOf: FreeBytes = async folder => (await diskOf(folder)).free;

export interface DiskRoom {
  /** bytes that stay free, on each disk */
  keep(bytes: number | 'auto'): void;
  /**
   * Is there room in the folder for what is missing of a download, bytes? Where there is, it is this owner's until it leaves, and
   * `missing` is asked again when another wants room. Throws what the system says of a folder that is not there.
   */
  take(owner: string, folder: string, missing: () => number | Promise<number>): Promise<boolean>;
  leave(owner: string): void;
  /** There is less free than is to stay so. */
  isFull(folder: string): Promise<boolean>;
}

interface Taken {
  disk: number;
  missing: () => number | Promise<number>;
}

/** `freeBytes`: for tests */
export function createDiskRoom(freeBytes: FreeBytes = freeBytesOf): DiskRoom {
  let keep: number | 'auto' = 0;
  const taken = new Map<string, Taken>();
  let queue: Promise<unknown> = Promise.resolve();

  async function kept(folder: string): Promise<number> {
    return keptFree(keep, await diskOf(folder));
  }

  async function decide(owner: string, folder: string, missing: Taken['missing']): Promise<boolean> {
    const { dev: disk } = await stat(folder);
    const others = [...taken].filter(([other, its]) => other !== owner && its.disk === disk);
    const promised = await Promise.all(others.map(([, its]) => its.missing()));
    const needed = promised.reduce((sum, bytes) => sum + bytes, await missing());
    const hasRoom = (await freeBytes(folder)) - (await kept(folder)) >= needed;
    if (hasRoom) taken.set(owner, { disk, missing });
    else taken.delete(owner);
    return hasRoom;
  }

  return {
    keep(bytes) {
      keep = bytes;
    },
    take(owner, folder, missing) {
      // One after the other, or two would be given the same room.
      const decided = queue.then(() => decide(owner, folder, missing));
      queue = decided.catch(() => {});
      return decided;
    },
    leave: owner => void taken.delete(owner),
    isFull: async folder => (await freeBytes(folder)) < (await kept(folder)),
  };
}
