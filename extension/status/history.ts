/** Rates over time as they are now: where nothing was told since, nothing moved. Pure. */

import type { RateHistory } from '../../shared/browse.ts';

export function advanced({ step, end, down, up }: RateHistory, now: number): RateHistory {
  const quiet = Math.max(0, Math.min(down.length, Math.floor((now - end) / step)));
  const later = (rates: number[]) => [...rates.slice(quiet), ...Array<number>(quiet).fill(0)];
  return { step, end: end + quiet * step, down: later(down), up: later(up) };
}

/** Unix seconds of the end of each step. */
export function timesOf({ step, end, down }: RateHistory): number[] {
  return down.map((_, index) => (end - (down.length - 1 - index) * step) / 1000);
}
