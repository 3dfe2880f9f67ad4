/** When a site is asked again about a file that nobody has described, or that nobody serves. */

import type { Id } from '../../shared/id.ts';
import type { Clock } from '../core/ports.ts';
import type { Timers } from '../platform/timers.ts';

const MINUTE = 60_000;
/** After 1, 2, 5, then every 15 minutes. */
const DELAYS_MS = [1 * MINUTE, 2 * MINUTE, 5 * MINUTE, 15 * MINUTE];
/** What falls due so soon after goes in the same call. */
const TOGETHER_MS = 2_000;

export interface Retries {
  /** Begins the series of an id, unless it runs. */
  watch(origin: string, id: Id): void;
  drop(origin: string, id: Id): void;
  close(): void;
}

interface Watched {
  origin: string;
  id: Id;
  attempt: number;
  due: number;
}

export function createRetries(deps: {
  clock: Clock;
  timers: Timers;
  onDue: (origin: string, ids: Id[]) => void;
}): Retries {
  const { clock, timers, onDue } = deps;
  const watched = new Map<string, Watched>();
  let cancel: (() => void) | undefined;
  let next = Number.POSITIVE_INFINITY;

  function arm(due: number): void {
    if (due >= next) return;
    cancel?.();
    next = due;
    // A clock that was set back must not put the next look off for long.
    const ms = Math.min(Math.max(0, due - clock.now()), DELAYS_MS.at(-1)!);
    cancel = timers.after(ms, ring);
  }

  function ring(): void {
    next = Number.POSITIVE_INFINITY;
    const byOrigin = new Map<string, Id[]>();
    let earliest = Number.POSITIVE_INFINITY;
    for (const one of watched.values()) {
      // One that lies further off than its delay was set by a clock that has been set back since.
      const left = one.due - clock.now();
      if (left <= TOGETHER_MS || left > delayOf(one.attempt)) {
        const due = byOrigin.get(one.origin);
        if (due) due.push(one.id);
        else byOrigin.set(one.origin, [one.id]);
        one.attempt++;
        one.due = clock.now() + delayOf(one.attempt);
      }
      earliest = Math.min(earliest, one.due);
    }
    if (watched.size > 0) arm(earliest);
    for (const [origin, ids] of byOrigin) onDue(origin, ids);
  }

  return {
    watch(origin, id) {
      const key = `${origin} ${id}`;
      if (watched.has(key)) return;
      const due = clock.now() + delayOf(0);
      watched.set(key, { origin, id, attempt: 0, due });
      arm(due);
    },
    drop(origin, id) {
      watched.delete(`${origin} ${id}`);
    },
    close() {
      cancel?.();
      watched.clear();
    },
  };
}

function delayOf(attempt: number): number {
  return DELAYS_MS[Math.min(attempt, DELAYS_MS.length - 1)]!;
}
