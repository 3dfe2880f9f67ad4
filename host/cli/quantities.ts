/** How people write rates, amounts, times and days on the command line. */

import { WEEKDAYS, type Weekday } from '../../shared/controls.ts';
import { failure } from './failure.ts';

const UNITS: Record<string, number> = { '': 1, k: 1e3, m: 1e6, g: 1e9, t: 1e12 };
const DAY_NAMES: Record<string, readonly Weekday[]> = {
  daily: WEEKDAYS,
  weekdays: WEEKDAYS.slice(0, 5),
  weekend: WEEKDAYS.slice(5),
};
const SPANS: Record<string, number> = { m: 60_000, h: 3_600_000, d: 86_400_000 };

/** Bytes a second: `500000`, `500k`, `2m`, or `none`. */
export function rate(text: string): number | null {
  const value = text === 'none' ? null : quantity(text);
  if (value !== undefined) return value;
  throw failure('invalid', 'wrong.rate', { text });
}

/** Bytes: `20g`, or `none`. */
export function amount(text: string): number | null {
  const value = text === 'none' ? null : quantity(text);
  if (value !== undefined) return value;
  throw failure('invalid', 'wrong.amount', { text });
}

/** A number of things, or `none`. */
export function count(text: string): number | null {
  if (text === 'none') return null;
  if (/^[1-9]\d*$/.test(text)) return Number(text);
  throw failure('invalid', 'wrong.count', { text });
}

/** A number from 0 up, or `none`. */
export function number(text: string): number | null {
  if (text === 'none') return null;
  const value = Number(text);
  if (text.trim() !== '' && value >= 0 && Number.isFinite(value)) return value;
  throw failure('invalid', 'wrong.number', { text });
}

function quantity(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)([kmgt]?)$/i.exec(text);
  return match ? Math.round(Number(match[1]) * UNITS[match[2]!.toLowerCase()]!) : undefined;
}

/** ms: `30m`, `1h`, `2d`. */
export function span(text: string): number {
  const match = /^(\d+(?:\.\d+)?)([mhd])$/i.exec(text);
  if (match) return Number(match[1]) * SPANS[match[2]!.toLowerCase()]!;
  throw failure('invalid', 'wrong.span', { text });
}

/** Unix ms of `tomorrow` (the next midnight), the next `HH:MM`, or a date and time as `2026-12-24T18:00`. */
export function instant(text: string, now = new Date()): number {
  const time = /^([01]?\d|2[0-3]):([0-5]\d)$/.exec(text);
  const day = (ahead: number, hour: number, minute: number) =>
    new Date(now.getFullYear(), now.getMonth(), now.getDate() + ahead, hour, minute).getTime();
  if (text === 'tomorrow') return day(1, 0, 0);
  if (time) {
    const today = day(0, Number(time[1]), Number(time[2]));
    return today > now.getTime() ? today : day(1, Number(time[1]), Number(time[2]));
  }
  const at = new Date(text).getTime();
  if (at > now.getTime()) return at;
  throw failure('invalid', 'wrong.instant', { text });
}

/** `mon,tue`, `mon-fri`, `weekdays`, `weekend`, `daily`. */
export function weekdays(text: string): Weekday[] {
  const named = text.split(',').flatMap(part => DAY_NAMES[part] ?? daysBetween(part) ?? []);
  const days = WEEKDAYS.filter(day => named.includes(day));
  const isWrong = text.split(',').some(part => !DAY_NAMES[part] && !daysBetween(part));
  if (days.length > 0 && !isWrong) return days;
  throw failure('invalid', 'wrong.days', { text });
}

function daysBetween(text: string): Weekday[] | undefined {
  const [first = '', last = first] = text.split('-');
  const [from, to] = [first, last].map(name => WEEKDAYS.map(String).indexOf(name));
  if (from === undefined || to === undefined || from < 0 || to < 0) return undefined;
  return WEEKDAYS.filter((_, at) => (from <= to ? at >= from && at <= to : at >= from || at <= to));
}

/** `08:00-18:00`. */
export function hours(text: string): { from: string; to: string } {
  const match = /^(\d{1,2}:\d\d)-(\d{1,2}:\d\d)$/.exec(text);
  if (match) return { from: match[1]!.padStart(5, '0'), to: match[2]!.replace('24:00', '00:00').padStart(5, '0') };
  throw failure('invalid', 'wrong.hours', { text });
}

/** As browsers write an origin. */
export function origin(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol)) return url.origin;
  throw failure('invalid', 'wrong.origin', { text });
}
