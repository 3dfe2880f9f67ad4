/** The sites' downloads in the queue of all: what is paused, used up or without room is held, and the rest runs in order. */

import type { Id } from '../../../shared/id.ts';
import type { DownloadQueue, QueuedDownload } from '../../core/download-queue.ts';
import type { DownloadWish, TransferPauses } from '../../core/ports.ts';
import type { Download } from './download.ts';
import { holdOf, wishOfActive } from './queue.ts';

export interface QueueKeeper {
  setPauses(pauses: TransferPauses): void;
  /** The wish as the download may have it now. */
  wish(wish: DownloadWish): DownloadWish;
  /** Somebody reads it; returns the way to say that they have gone. */
  read(id: Id): () => void;
  /** It is over. */
  left(id: Id): void;
  /** Another amount is to stay free. */
  roomChanged(): void;
  /** The next turn of the loop looks again. */
  review(): void;
  close(): void;
}

export interface QueueKeeperDeps {
  queue: DownloadQueue;
  downloads: ReadonlyMap<Id, Download>;
  /** The disk has less room than is to stay free. */
  isFull(): Promise<boolean>;
}

export function keepQueue({ queue, downloads, isFull }: QueueKeeperDeps): QueueKeeper {
  let pauses: TransferPauses = { all: null, sites: new Set(), items: new Set(), spent: new Set() };
  let full = false;
  /** what the sites that request each ask for; a download knows those only that may have it now */
  const wishes = new Map<Id, DownloadWish>();
  const seat = queue.join({ downloads: () => [...downloads.values()].map(queued), look });

  function queued(download: Download): QueuedDownload {
    const { id, isRunning } = download;
    const by = (wishes.get(id) ?? download.wish).meetings.map(each => each.by);
    const { state, reason, peers } = download.transfer();
    const isIdle =
      state === 'error' ||
      state === 'verifying' ||
      reason === 'blocked' ||
      reason === 'no-space' ||
      reason === 'unwritable';
    return {
      ...{ id, addedAt: null, hold: holdOf(id, by, { pauses, isFull: full }) },
      ...{ isRunning, isIdle, peers },
      setHeld: held => void download.setHeld(held),
    };
  }

  async function look(): Promise<void> {
    if (pauses.all || downloads.size === 0) return;
    full = await isFull().catch(() => false);
  }

  return {
    setPauses(next) {
      pauses = next;
      for (const [id, wish] of wishes) downloads.get(id)?.update(wishOfActive(wish, pauses));
      seat.review();
    },
    wish(wish) {
      wishes.set(wish.id, wish);
      return wishOfActive(wish, pauses);
    },
    read: id => seat.read(id),
    left(id) {
      wishes.delete(id);
      seat.left(id);
    },
    roomChanged: () => void look().then(() => seat.review()),
    review: seat.review,
    close: seat.close,
  };
}
