/** Numbers as people read them, in their language: bytes, rates, times. */

import { locale } from './language.ts';

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte', 'petabyte'] as const;

/** `1.2 GB`: powers of 1000, as disks and networks are sold; three digits at most. */
export function bytes(count: number): string {
  return withUnit(count, unit => unit);
}

/** `1.2 MB/s`; never less than a kilobyte's unit, so that it does not jump about. */
export function rate(bytesPerSecond: number): string {
  return withUnit(bytesPerSecond, unit => `${unit}-per-second`, 1);
}

function withUnit(count: number, name: (unit: string) => string, least = 0): string {
  let step = least;
  let scaled = Math.max(0, count) / 1000 ** least;
  while (scaled >= 999.5 && step < UNITS.length - 1) {
    scaled /= 1000;
    step += 1;
  }
  const digits = step === 0 || scaled >= 99.5 ? 0 : 1;
  const text = new Intl.NumberFormat(locale(), {
    style: 'unit',
    unit: name(UNITS[step] ?? 'byte'),
    unitDisplay: step === 0 ? 'long' : 'short',
    maximumFractionDigits: digits,
  }).format(scaled);
  return unbroken(text);
}

/** A number and its unit stay on one line. */
function unbroken(text: string): string {
  return text.replaceAll(' ', '\u00a0');
}

/** `45 %` of a share between 0 and 1. Never 100 % before it is all there. */
export function percent(share: number): string {
  const shown = share >= 1 ? 1 : Math.min(0.99, Math.max(0, share));
  return new Intl.NumberFormat(locale(), { style: 'percent', maximumFractionDigits: 0 }).format(shown);
}

const STEPS = [
  { unit: 'second', seconds: 1, below: 60 },
  { unit: 'minute', seconds: 60, below: 3600 },
  { unit: 'hour', seconds: 3600, below: 86_400 },
  { unit: 'day', seconds: 86_400, below: Number.POSITIVE_INFINITY },
] as const;

/** `3 min`: one unit, rounded up, as an estimate deserves. */
export function duration(seconds: number): string {
  const whole = Math.max(1, Math.ceil(seconds));
  const step = STEPS.find(each => whole < each.below) ?? STEPS[3];
  const text = new Intl.NumberFormat(locale(), {
    style: 'unit',
    unit: step.unit,
    unitDisplay: step.unit === 'day' ? 'long' : 'short',
    maximumFractionDigits: 0,
  }).format(Math.ceil(whole / step.seconds));
  return unbroken(text);
}

/** `21 Nov 2026` */
export function day(unixMs: number): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium' }).format(unixMs);
}

/** `14:05` */
export function clock(unixMs: number): string {
  return new Intl.DateTimeFormat(locale(), { timeStyle: 'short' }).format(unixMs);
}

/** `1,234` */
export function count(value: number): string {
  return new Intl.NumberFormat(locale()).format(value);
}

/** `21 Nov 2026, 14:05` */
export function moment(unixMs: number): string {
  return new Intl.DateTimeFormat(locale(), { dateStyle: 'medium', timeStyle: 'short' }).format(unixMs);
}

/** `a, b and c`, each kept apart from the others whatever its direction */
export function list(names: readonly string[]): string {
  return new Intl.ListFormat(locale(), { type: 'conjunction' }).format(names);
}
