/** The room that downloads of files need on the disk where they arrive. */

import { stat } from 'node:fs/promises';
import type { Id } from '../../../shared/id.ts';
import type { DiskRoom } from '../../platform/disk-room.ts';

export interface PartialRoom {
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
  room: DiskRoom;
}

export function createPartialRoom({ folder, partialPath, room }: PartialRoomDeps): PartialRoom {
  /** A partial file has holes: what it takes of the disk is what was written. */
  async function written(id: Id): Promise<number> {
    const file = await stat(partialPath(id)).catch(() => undefined);
    return (file?.blocks ?? 0) * 512;
  }

  return {
    take: (id, size) => room.take(id, folder, async () => size - Math.min(size, await written(id))),
    leave: room.leave,
    written,
    isFull: () => room.isFull(folder),
  };
}
