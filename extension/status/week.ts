/** The windows of a week as bars, a row a day. Pure. */

import { WEEKDAYS, type Window } from '../../shared/controls.ts';
import { minutesOf } from '../../shared/week.ts';

const DAY = 24 * 60;

export interface Bar {
  /** number of its window */
  window: number;
  /** share of the day, 0 to 1 */
  start: number;
  end: number;
  pause: boolean;
}

/** One that ends no later than it begins goes on into the next day. */
export function barsOf(schedule: readonly Window[]): Bar[][] {
  const rows: Bar[][] = WEEKDAYS.map(() => []);
  schedule.forEach((window, index) => {
    const from = minutesOf(window.from);
    const to = minutesOf(window.to);
    const bar = (start: number, end: number) => ({
      window: index,
      start: start / DAY,
      end: end / DAY,
      pause: 'pause' in window,
    });
    for (const day of window.days) {
      const at = WEEKDAYS.indexOf(day);
      if (from < to) rows[at]?.push(bar(from, to));
      else {
        rows[at]?.push(bar(from, DAY));
        if (to > 0) rows[(at + 1) % 7]?.push(bar(0, to));
      }
    }
  });
  return rows;
}
