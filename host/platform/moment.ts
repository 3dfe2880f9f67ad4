/** Waits for a moment to the microsecond, so that when something is answered tells nothing of what was done before. */

import { performance } from 'node:perf_hooks';

/**
 * ms before it from which on the clock is watched: timers may end that much late. A timer alone would tell: it counts whole
 * ms, and the system adds them to the moment at which the work was over, so that each µs of the work shows in its end.
 */
const WATCHED_MS = 1;

const waiting = new Set<{ at: number; resolve(): void }>();

/** Resolves at `at` (ms, as of `performance.now()`), or at once where it is over; the loop goes on meanwhile. */
export async function momentOf(at: number): Promise<void> {
  const sleep = Math.floor(at - performance.now() - WATCHED_MS);
  if (sleep > 0) await new Promise(resolve => setTimeout(resolve, sleep));
  if (at <= performance.now()) return;
  await new Promise<void>(resolve => {
    waiting.add({ at, resolve });
    if (waiting.size === 1) setImmediate(watch);
  });
}

function watch(): void {
  const now = performance.now();
  for (const each of waiting) {
    if (each.at > now) continue;
    waiting.delete(each);
    each.resolve();
  }
  if (waiting.size > 0) setImmediate(watch);
}
