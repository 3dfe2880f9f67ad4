/** The downloads of the whole daemon, whichever room they are of, in one order: so many run at once, the others wait. */

import type { Reason } from '../../shared/item.ts';
import { createBeingRead, READ_GRACE_MS } from './being-read.ts';
import type { Clock } from './ports.ts';
import type { DownloadOrder } from './preferences.ts';
import { holdsOf, type Queued } from './queue.ts';

/** How often it is looked who found a peer, and what else is seen by looking alone. */
const LOOK_MS = 5_000;
/** A running download that has had no peer for so long does not count: others may run beside it. */
const STALLED_MS = 15_000;

/** One that runs, or would, as its room shows it when it is asked. */
export interface QueuedDownload extends Pick<Queued, 'hold' | 'isRunning'> {
  /** what the person names it by: its id, its info hash, or its sd hash */
  id: string;
  /** Unix ms; null of one that sites asked for: the order knows when */
  addedAt: number | null;
  /** it is being checked, failed, or waits for the disk: it takes nothing from the others */
  isIdle: boolean;
  peers: number;
  /** Why it waits; null: it runs. Called again with the same it does nothing. */
  setHeld(reason: Reason | null): void;
}

export interface QueueMember {
  downloads(): Iterable<QueuedDownload>;
  /** Every few seconds, while there is a download: what is seen by looking alone. Then they are asked for again. */
  look?(): Promise<void>;
}

/** What a room tells the queue. */
export interface QueueSeat {
  /** One came, went, or is another: the next turn of the loop looks again. */
  review(): void;
  /** Somebody reads it: it is not made to wait for others, until a moment after. Returns the way to say that they have gone. */
  read(id: string): () => void;
  /** It is over: its place in the order is, too. */
  left(id: string): void;
  close(): void;
}

export interface DownloadQueue {
  join(member: QueueMember): QueueSeat;
  /** null = no limit */
  setActive(active: number | null): void;
  /** in their order */
  ids(): string[];
  /** when those were asked for, Unix ms, that no site asked for */
  added(): ReadonlyMap<string, number>;
  /** The order is another. */
  reorder(): void;
}

export interface DownloadQueueDeps {
  clock: Clock;
  /** by the time they were asked for where it is left out */
  order?: Pick<DownloadOrder, 'place' | 'remove'>;
  /** Runs `work` once after `ms`; the way to call it off is returned. */
  after(ms: number, work: () => void): () => void;
  /** how long what was read goes before the others; for tests */
  readGraceMs?: number;
}

const AS_ASKED: Pick<DownloadOrder, 'place' | 'remove'> = { place: (_, addedAt) => addedAt ?? 0, remove() {} };

interface Seated {
  /** Unix ms since when each has had no peer */
  lonelySince: Map<string, number>;
  isRead(id: string): boolean;
}

export function createDownloadQueue(deps: DownloadQueueDeps): DownloadQueue {
  const { clock, order = AS_ASKED, after, readGraceMs = READ_GRACE_MS } = deps;
  const members = new Map<QueueMember, Seated>();
  let active: number | null = null;
  let planned: { inOrder: boolean } | undefined;
  let cancelTick: (() => void) | undefined;
  /** as the database has them, until one is moved: thousands are asked for at each look */
  const places = new Map<string, number>();

  function placeOf({ id, addedAt }: QueuedDownload): number {
    const known = places.get(id) ?? order.place(id, addedAt);
    places.set(id, known);
    return known;
  }
  const everyDownload = () => [...members.keys()].flatMap(member => [...member.downloads()]);

  function queuedOf(download: QueuedDownload, { lonelySince, isRead }: Seated): Queued & { download: QueuedDownload } {
    const { id, hold, isRunning } = download;
    const place = active === null ? 0 : placeOf(download);
    const isStalled = isRunning && (download.isIdle || isAlone(download, lonelySince));
    return { place, hold, isRunning, isStalled, isRead: isRead(id), download };
  }

  function isAlone({ id, peers }: QueuedDownload, lonelySince: Map<string, number>): boolean {
    if (peers > 0) {
      lonelySince.delete(id);
      return false;
    }
    // A clock that was set back must not make it wait for that time to come again.
    const since = Math.min(lonelySince.get(id) ?? clock.now(), clock.now());
    lonelySince.set(id, since);
    return clock.now() - since >= STALLED_MS;
  }

  function decide({ inOrder }: { inOrder: boolean }): void {
    const all = [...members].flatMap(([member, seated]) =>
      [...member.downloads()].map(each => ({ ...queuedOf(each, seated), seated })),
    );
    for (const [{ download, seated }, reason] of holdsOf(all, { active, inOrder })) {
      if (reason) seated.lonelySince.delete(download.id);
      download.setHeld(reason);
    }
    if (all.length > 0) cancelTick ??= after(LOOK_MS, () => void tick());
  }

  async function tick(): Promise<void> {
    cancelTick = undefined;
    // Where it cannot be told whether there is room, a write will.
    await Promise.allSettled([...members.keys()].map(member => member.look?.()));
    decide({ inOrder: false });
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
      decide(how);
    });
  }

  return {
    join(member) {
      const lonelySince = new Map<string, number>();
      // What ran beside the others because it was read makes way to those before it.
      const beingRead = createBeingRead({ graceMs: readGraceMs, after, onLapse: () => review(true) });
      members.set(member, { lonelySince, isRead: beingRead.has });
      return {
        review: () => review(),
        read(id) {
          const gone = beingRead.begin(id);
          review();
          return gone;
        },
        left(id) {
          lonelySince.delete(id);
          beingRead.forget(id);
          places.delete(id);
          order.remove(id);
          review();
        },
        close() {
          beingRead.close();
          members.delete(member);
          if (members.size > 0) return;
          cancelTick?.();
          cancelTick = undefined;
        },
      };
    },
    setActive(next) {
      const isFewer = next !== null && (active === null || next < active);
      active = next;
      review(isFewer);
    },
    ids() {
      const all = everyDownload().map((each): [string, number] => [each.id, placeOf(each)]);
      return all.sort(([, a], [, b]) => a - b).map(([id]) => id);
    },
    added: () =>
      new Map(
        everyDownload().flatMap(({ id, addedAt }): [string, number][] => (addedAt === null ? [] : [[id, addedAt]])),
      ),
    reorder() {
      places.clear();
      review(true);
    },
  };
}
