/** Folders whose disk has less room than is to stay free, as of the last look. */

import type { DiskRoom } from './disk-room.ts';

export interface FullDisks {
  has(folder: string): boolean;
  look(folders: Iterable<string>): Promise<void>;
}

export function createFullDisks(room: Pick<DiskRoom, 'isFull'>): FullDisks {
  const full = new Set<string>();
  return {
    has: folder => full.has(folder),
    async look(folders) {
      for (const folder of new Set(folders)) {
        // Where it cannot be told, a write will.
        if (await room.isFull(folder).catch(() => false)) full.add(folder);
        else full.delete(folder);
      }
    },
  };
}
