/** The days and hours of a schedule as people write them, by a language's BCP 47 tag. */

import { WEEKDAYS, type Weekday } from './controls.ts';

/** of a day: `08:30` is 510 */
export function minutesOf(time: string): number {
  const [hours = 0, minutes = 0] = time.split(':').map(Number);
  return hours * 60 + minutes;
}

/** The first of January 2024 was a Monday. */
export function dayName(tag: string, day: Weekday, width: 'short' | 'long'): string {
  const date = Date.UTC(2024, 0, 1 + WEEKDAYS.indexOf(day));
  return new Intl.DateTimeFormat(tag, { weekday: width, timeZone: 'UTC' }).format(date);
}

/** `Mon, Tue`, in the order of the week */
export function daysName(tag: string, days: readonly Weekday[]): string {
  const names = WEEKDAYS.filter(day => days.includes(day)).map(day => dayName(tag, day, 'short'));
  return new Intl.ListFormat(tag, { type: 'unit', style: 'short' }).format(names);
}

/** `08:30`, `8:30 AM` */
export function timeName(tag: string, time: string): string {
  return clock(tag).format(minutesOf(time) * 60_000);
}

const DAY = 24 * 60;

/** `08:00–18:00`. A whole day, which ends when it begins, is written to its last minute: Intl would make one time of the two. */
export function hoursName(tag: string, from: string, to: string): string {
  const start = minutesOf(from);
  const end = from === to ? (start + DAY - 1) % DAY : minutesOf(to);
  // Of one day, though it may end on the next: else Intl would name both dates.
  return clock(tag).formatRange(start * 60_000, end * 60_000);
}

function clock(tag: string): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(tag, { timeStyle: 'short', timeZone: 'UTC' });
}
