/** Whether there is room on the disk for another download, beside what is to stay free and what the others still need. */

import { stat } from 'node:fs/promises';
import type { Id } from '../../../shared/id.ts';
import { diskOf, keptFree } from '../../platform/disk.ts';

export type FreeBytes = (folder: string) => Promise<number>;

export const freeBytesOf: FreeBytes = async folder => (await diskOf(folder)).free;

export interface PartialRoom {
  /** bytes that stay free */
  keep(bytes: number | 'auto'): void;
  /** Is there room for the rest of a file of `size`? Where there is, it is this download's until it leaves. */
  take(id: Id, size: number): Promise<boolean>;
  leave(id: Id): void;
  /** bytes of the partial file that are on the disk */
  written(id: Id): Promise<number>;
  /** There is less free than is to stay so. */
  isFull(): Promise<boolean>;
}

export interface PartialRoomDeps {
  /** where downloads go */
  folder: string;
  partialPath(id: Id): string;
  freeBytes: FreeBytes;
}

export function createPartialRoom({ folder, partialPath, freeBytes }: PartialRoomDeps): PartialRoom {
  let keep: number | 'auto' = 0;
  /** sizes of the files that run */
  const taken = new Map<Id, number>();
  let queue: Promise<unknown> = Promise.resolve();

  async function kept(): Promise<number> {
    return keptFree(keep, await diskOf(folder));
  }

  /** A partial file has holes: what it takes of the disk is what was written. */
  async function written(id: Id): Promise<number> {
    const file = await stat(partialPath(id)).catch(() => undefined);
    return (file?.blocks ?? 0) * 512;
  }

  async function missing(id: Id, size: number): Promise<number> {
    return size - Math.min(size, await written(id));
  }

  async function decide(id: Id, size: number): Promise<boolean> {
    const others = [...taken].filter(([other]) => other !== id);
    const promised = await Promise.all(others.map(([other, bytes]) => missing(other, bytes)));
    const needed = promised.reduce((sum, bytes) => sum + bytes, await missing(id, size));
    const hasRoom = (await freeBytes(folder)) - (await kept()) >= needed;
    if (hasRoom) taken.set(id, size);
    else taken.delete(id);
    return hasRoom;
  }

  return {
    keep(bytes) {
      keep = bytes;
    },
    take(id, size) {
      // One after the other, or two would be given the same room.
      const decided = queue.then(() => decide(id, size));
      queue = decided.catch(() => {});
      return decided;
    },
    leave: id => void taken.delete(id),
    written,
    isFull: async () => (await freeBytes(folder)) < (await kept()),
  };
}
