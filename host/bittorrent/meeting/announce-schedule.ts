/**
 * When each announce goes out, at a tracker or in the DHT: one schedule for all torrents, within a budget. A torrent that is
 * fetched goes first, and finds some of the budget kept for it; those that are served take their turns in what is left.
 */

export type Urgency = 'fetching' | 'seeding';

export interface Announce {
  /** asked when its turn may have come */
  urgency(): Urgency;
  /** of the budget: about one for each dozen packets */
  cost: number;
  run(): void;
}

export interface AnnounceSchedule {
  now(): number;
  /** It runs once, at `due` (of `now`) or when the budget allows it after; what is returned takes it back. */
  enter(due: number, announce: Announce): () => void;
  /** Something was announced that could not wait. */
  spend(cost: number): void;
  close(): void;
}

export interface ScheduleDeps {
  /** ms of a clock that is never set */
  now(): number;
  /** what is returned calls it off */
  after(ms: number, work: () => void): () => void;
}

/** a minute, of all torrents together */
export const BUDGET = 240;
/** saved up for what begins all at once */
export const BURST = 60;
/** of those, kept for what is fetched */
export const RESERVE = 30;

const PER_MS = BUDGET / 60_000;

interface Entry {
  due: number;
  announce: Announce;
}

export function createAnnounceSchedule({ now, after }: ScheduleDeps): AnnounceSchedule {
  const entries = new Set<Entry>();
  let saved = BURST;
  let savedAt = now();
  let timer: { at: number; stop(): void } | undefined;

  function refill(): void {
    const at = now();
    saved = Math.min(BURST, saved + (at - savedAt) * PER_MS);
    savedAt = at;
  }

  const needs = ({ announce }: Entry) => (announce.urgency() === 'fetching' ? 0 : RESERVE) + announce.cost;

  /** Of those whose time has come the one that needs the least; of these the one that waits the longest. */
  function nextInTurn(): Entry | undefined {
    const at = now();
    let first: { entry: Entry; needs: number } | undefined;
    for (const entry of entries) {
      if (entry.due > at) continue;
      const needed = needs(entry);
      const comesFirst = !first || needed < first.needs || (needed === first.needs && entry.due < first.entry.due);
      if (comesFirst) first = { entry, needs: needed };
    }
    return first && first.needs <= saved ? first.entry : undefined;
  }

  function run(): void {
    timer = undefined;
    refill();
    for (let entry = nextInTurn(); entry; entry = nextInTurn()) {
      saved -= entry.announce.cost;
      entries.delete(entry);
      entry.announce.run();
    }
    arm();
  }

  function arm(): void {
    const at = now();
    let next = Number.POSITIVE_INFINITY;
    for (const entry of entries) {
      const waits = entry.due > at ? entry.due - at : Math.max(0, needs(entry) - saved) / PER_MS;
      next = Math.min(next, at + Math.ceil(waits));
    }
    wakeAt(next);
  }

  function wakeAt(at: number): void {
    if (timer && timer.at <= at) return;
    timer?.stop();
    timer = at === Number.POSITIVE_INFINITY ? undefined : { at, stop: after(Math.max(0, at - now()), run) };
  }

  return {
    now,
    enter(due, announce) {
      const entry = { due, announce };
      entries.add(entry);
      wakeAt(Math.max(due, now()));
      return () => void entries.delete(entry);
    },
    spend(cost) {
      refill();
      saved = Math.max(-BURST, saved - cost);
    },
    close() {
      entries.clear();
      timer?.stop();
    },
  };
}
