/** The downloads of the whole daemon, whichever room they are of, in one order: so many run at once, the others wait. */

import type { Reason } from '../../shared/item.ts';
import { createBeingRead, READ_GRACE_MS } from './being-read.ts';
import type { Clock } from './ports.ts';
import { holdsOf, type Queued } from './queue.ts';

/** How often it is looked who found a peer, and what else is seen by looking alone. */
const LOOK_MS = 5_000;
/** A running download that has had no peer for so long does not count: others may run beside it. */
const STALLED_MS = 15_000;

/** One that runs, or would, as its room shows it when it is asked. */
export interface QueuedDownload extends Pick<Queued, 'hold' | 'isRunning'> {
  /** its own in its room */
  id: string;
  /** the smaller one comes first; asked only where it matters */
  place(): number;
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
  /** One came, went, or is another: the next turn of the loop looks again. `inOrder`: what runs may be stopped for what comes before it. */
  review(inOrder?: boolean): void;
  /** Somebody reads it: it is not made to wait for others, until a moment after. Returns the way to say that they have gone. */
  read(id: string): () => void;
  /** It is over. */
  left(id: string): void;
  close(): void;
}

export interface DownloadQueue {
  join(member: QueueMember): QueueSeat;
  /** null = no limit */
  setActive(active: number | null): void;
}

export interface DownloadQueueDeps {
  clock: Clock;
  /** Runs `work` once after `ms`; the way to call it off is returned. */
  after(ms: number, work: () => void): () => void;
  /** how long what was read goes before the others; for tests */
  readGraceMs?: number;
}

interface Seated {
  /** Unix ms since when each has had no peer */
  lonelySince: Map<string, number>;
  isRead(id: string): boolean;
}

export function createDownloadQueue({ clock, after, readGraceMs = READ_GRACE_MS }: DownloadQueueDeps): DownloadQueue {
  const members = new Map<QueueMember, Seated>();
  let active: number | null = null;
  let planned: { inOrder: boolean } | undefined;
  let cancelTick: (() => void) | undefined;

  function queuedOf(download: QueuedDownload, { lonelySince, isRead }: Seated): Queued & { download: QueuedDownload } {
    const { id, hold, isRunning } = download;
    const place = active === null ? 0 : download.place();
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
        review,
        read(id) {
          const gone = beingRead.begin(id);
          review();
          return gone;
        },
        left(id) {
          lonelySince.delete(id);
          beingRead.forget(id);
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
  };
}
