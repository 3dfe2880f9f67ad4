/** The torrents of all sessions in the queue of all downloads. */

import type { Reason } from '../../../shared/item.ts';
import type { DownloadQueue, QueueSeat } from '../../core/download-queue.ts';
import type { DiskRoom } from '../../platform/disk-room.ts';
import { createFullDisks } from '../../platform/full-disks.ts';
import type { SavedOne } from './saved-one.ts';

export interface SavedQueueDeps {
  queue: DownloadQueue;
  room: DiskRoom;
  all(): SavedOne[];
  /** why everything stands still; null: it does not */
  paused(): Reason | null;
}

export function keepSavedQueue({ queue, room, all, paused }: SavedQueueDeps): QueueSeat {
  const full = createFullDisks(room);
  const reasonFor = ({ place }: SavedOne) => paused() ?? (full.has(place.root) ? 'no-space' : null);
  return queue.join({
    downloads: () => all().flatMap(one => one.queued(reasonFor(one)) ?? []),
    async look() {
      const wanted = all().filter(one => one.queued(null) !== undefined);
      await full.look(wanted.map(({ place }) => place.root));
      for (const one of wanted) one.tryRoom();
    },
  });
}
