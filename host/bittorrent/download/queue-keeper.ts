/** Keeps the downloads to the queue: looks again when one comes, goes or is moved, when the rules change, and now and then. */

import type { Id } from '../../../shared/id.ts';
import type { Clock, DownloadWish, TransferPauses } from '../../core/ports.ts';
import type { DownloadOrder } from '../../core/preferences.ts';
import { createBeingRead, READ_GRACE_MS } from './being-read.ts';
import type { Download } from './download.ts';
import { holdsOf, type Queued, STALLED_MS, wishOfActive } from './queue.ts';

/** How often it is looked who found a peer, and how much room the disk has. */
const LOOK_MS = 5_000;

export interface QueueKeeper {
  setPauses(pauses: TransferPauses): void;
  setActive(active: number | null): void;
  /** The wish as the download may have it now. */
  wish(wish: DownloadWish): DownloadWish;
  /** Somebody reads it; returns the way to say that they have gone. */
  read(id: Id): () => void;
  /** It is over. */
  left(id: Id): void;
  /** Another amount is to stay free. */
  roomChanged(): void;
  /** The next turn of the loop looks again; `inOrder`: what runs may be stopped for what comes before it. */
  review(inOrder?: boolean): void;
  /** in order */
  ids(): Id[];
  close(): void;
}

export interface QueueKeeperDeps {
  downloads: ReadonlyMap<Id, Download>;
  order: Pick<DownloadOrder, 'place' | 'remove'>;
  clock: Clock;
  /** The disk has less room than is to stay free. */
  isFull(): Promise<boolean>;
  /** how long what was read goes before the others; for tests */
  readGraceMs?: number;
}

export function keepQueue(deps: QueueKeeperDeps): QueueKeeper {
  const { downloads, order, clock, isFull } = deps;
  let pauses: TransferPauses = { all: null, sites: new Set(), items: new Set(), spent: new Set() };
  let active: number | null = null;
  let full = false;
  let planned: { inOrder: boolean } | undefined;
  let timer: NodeJS.Timeout | undefined;
  /** what the sites that request each ask for; a download knows those only that may have it now */
  const wishes = new Map<Id, DownloadWish>();
  // What ran beside the others because it was read makes way to those before it.
  const beingRead = createBeingRead({ graceMs: deps.readGraceMs ?? READ_GRACE_MS, onLapse: () => review(true) });
  /** as the database has them, until one is moved: thousands are asked for at each look */
  const places = new Map<Id, number>();
  /** Unix ms since when it has had no peer */
  const lonelySince = new Map<Id, number>();

  function placeOf(id: Id): number {
    const known = places.get(id) ?? order.place(id);
    places.set(id, known);
    return known;
  }

  function queued(download: Download): Queued {
    const { id } = download;
    return {
      id,
      place: active === null ? 0 : placeOf(id),
      by: (wishes.get(id) ?? download.wish).meetings.map(each => each.by),
      isRunning: !download.isHeld,
      isStalled: !download.isHeld && isStalled(download),
      isRead: beingRead.has(id),
    };
  }

  /** It takes nothing from the others: it found nobody, is being checked, failed, or waits for the disk. */
  function isStalled(download: Download): boolean {
    const { id, state, reason, peers } = download.transfer();
    if (state === 'error' || state === 'verifying') return true;
    if (reason === 'blocked' || reason === 'no-space' || reason === 'unwritable') return true;
    if (peers > 0) {
      lonelySince.delete(id);
      return false;
    }
    const since = Math.min(lonelySince.get(id) ?? clock.now(), clock.now());
    lonelySince.set(id, since);
    return clock.now() - since >= STALLED_MS;
  }

  function look({ inOrder }: { inOrder: boolean }): void {
    const holds = holdsOf([...downloads.values()].map(queued), { pauses, active, isFull: full, inOrder });
    for (const [id, reason] of holds) {
      if (reason) lonelySince.delete(id);
      void downloads.get(id)?.setHeld(reason);
    }
    if (downloads.size === 0) {
      clearInterval(timer);
      timer = undefined;
    } else {
      timer ??= setInterval(() => void tick(), LOOK_MS).unref();
    }
  }

  async function tick(): Promise<void> {
    if (pauses.all) return;
    // Where it cannot be told, a write will.
    const next = await isFull().catch(() => false);
    const changed = next !== full;
    full = next;
    if (changed || active !== null) look({ inOrder: false });
  }

  function review(inOrder = false): void {
    if (planned) {
      planned.inOrder ||= inOrder;
      return;
    }
    planned = { inOrder };
    queueMicrotask(() => {
      const how = planned ?? { inOrder };
      planned = undefined;
      look(how);
    });
  }

  return {
    setPauses(next) {
      pauses = next;
      for (const [id, wish] of wishes) downloads.get(id)?.update(wishOfActive(wish, pauses));
      review();
    },
    setActive(next) {
      const isFewer = next !== null && (active === null || next < active);
      active = next;
      review(isFewer);
    },
    wish(wish) {
      wishes.set(wish.id, wish);
      return wishOfActive(wish, pauses);
    },
    read(id) {
      const gone = beingRead.begin(id);
      review();
      return gone;
    },
    left(id) {
      for (const each of [wishes, places, lonelySince]) each.delete(id);
      beingRead.forget(id);
      order.remove(id);
      review();
    },
    roomChanged: () => void tick(),
    review(inOrder = false) {
      if (inOrder) places.clear();
      review(inOrder);
    },
    ids() {
      const all = [...downloads.keys()].map((id): [Id, number] => [id, placeOf(id)]);
      return all.sort(([, a], [, b]) => a - b).map(([id]) => id);
    },
    close() {
      clearInterval(timer);
      beingRead.close();
    },
  };
}
