/**
 * From a key and what fills it to a sentence in the language of who reads it; its amounts and times, too. What `--json` prints
 * never comes from here.
 */

import { type Fill, type Filling, filled, isolated, pluralName, type WithoutPlural } from '../../shared/sentence.ts';
import type { English, Language } from './language.ts';
import type { Places } from './places.ts';

export type Key = WithoutPlural<keyof English>;

interface Speech extends Language {
  /** made when they are needed: most commands write few numbers, and making these takes longer than using them */
  plurals?: Intl.PluralRules;
  numbers: Map<string, Intl.NumberFormat>;
}
/** One process has one reader, as it has one standard output. */
let speech: Speech | undefined;

/** Before the commands are made: they are described in it. */
export function speak(language: Language): void {
  speech = { ...language, numbers: new Map() };
}

function spoken(): Speech {
  if (!speech) throw new Error('No language is spoken yet.');
  return speech;
}

export function say<K extends Key>(key: K, ...fill: Filling<Places, K>): string;
export function say(key: Key, fill?: Fill): string {
  return sentence(key, fill);
}

/** For what fills it is not known until run time: a place that is missed then stands in what is printed, which tests look at. */
export function sentence(key: Key, fill: Fill = {}): string {
  return filled(template(key, fill.n), fill, { count, text: apart });
}

function template(key: Key, n: Fill[string] | undefined): string {
  const now = spoken();
  const plain = now.sentences[key];
  if (plain !== undefined) return plain;
  now.plurals ??= new Intl.PluralRules(now.tag);
  return now.sentences[pluralName(key, n, now.plurals)] ?? key;
}

/** BCP 47: how numbers and dates are written. */
export function languageTag(): string {
  return spoken().tag;
}

/** What the daemon says of a failure is English, and knows more than its code. */
export function isEnglish(): boolean {
  return spoken().sentences.language === 'en';
}

export function isRightToLeft(): boolean {
  return spoken().sentences.direction === 'rtl';
}

/** Names run from left to right: in a language that does so too they need no marks, and are copied without them. */
export function apart(text: string): string {
  return text !== '' && isRightToLeft() ? isolated(text) : text;
}

/** `1,234` */
export function count(value: number): string {
  return numberText('', {}, value);
}

/** `kind` names the options. */
function numberText(kind: string, options: Intl.NumberFormatOptions, value: number): string {
  const { numbers, tag } = spoken();
  const format = numbers.get(kind) ?? new Intl.NumberFormat(tag, options);
  numbers.set(kind, format);
  return plainlySpaced(format.format(value));
}

const UNITS = ['byte', 'kilobyte', 'megabyte', 'gigabyte', 'terabyte'] as const;

/** `1.2 GB`: powers of 1000. */
export function bytes(amount: number): string {
  let value = amount;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  // Of single bytes Intl has words, but no sign.
  if (unit === 0) return say('bytes', { n: Math.round(value) });
  const name = UNITS[unit]!;
  const digits = { minimumFractionDigits: 1, maximumFractionDigits: 1 };
  return numberText(name, { style: 'unit', unit: name, ...digits }, value);
}

/** `1.2 MB/s` */
export function perSecond(amount: number): string {
  return say('per-second', { amount: bytes(amount) });
}

/** `45%` of a share between 0 and 1, rounded down: all is there at 100 only. */
export function percent(share: number): string {
  return numberText('percent', { style: 'percent' }, Math.floor(share * 100) / 100);
}

/** `22 Nov 2026, 18:00`, in the time zone of who reads it. */
export function moment(unixMs: number): string {
  const format = new Intl.DateTimeFormat(spoken().tag, { dateStyle: 'medium', timeStyle: 'short' });
  return plainlySpaced(format.format(unixMs));
}

/** Intl's spaces do not break and may be narrow: few terminals know them, and who searches for them types another. */
export function plainlySpaced(text: string): string {
  return text.replace(/[\u00a0\u2009\u202f]/g, ' ');
}

/** `a, b, c` */
export function list(names: readonly string[]): string {
  return names.map(apart).join(say('comma'));
}
