/** The windows of a week as bars, a row a day; and the names of its days in the reader's language. Pure. */

import { WEEKDAYS, type Weekday, type Window } from '../../shared/controls.ts';
import { locale } from '../ui/language.ts';

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
    const from = minutes(window.from);
    const to = minutes(window.to);
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

function minutes(time: string): number {
  const [hours = 0, rest = 0] = time.split(':').map(Number);
  return hours * 60 + rest;
}

/** The first of January 2024 was a Monday. */
export function dayName(day: Weekday, width: 'short' | 'long'): string {
  const date = Date.UTC(2024, 0, 1 + WEEKDAYS.indexOf(day));
  return new Intl.DateTimeFormat(locale(), { weekday: width, timeZone: 'UTC' }).format(date);
}

/** `08:30` as people write it. */
export function timeName(time: string): string {
  return new Intl.DateTimeFormat(locale(), { timeStyle: 'short', timeZone: 'UTC' }).format(minutes(time) * 60_000);
}

export function daysName(days: readonly Weekday[]): string {
  const names = WEEKDAYS.filter(day => days.includes(day)).map(day => dayName(day, 'short'));
  return new Intl.ListFormat(locale(), { type: 'unit', style: 'short' }).format(names);
}
