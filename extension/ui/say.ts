/** From a key and what fills it to a sentence in the reader's language. */

import { count } from './format.ts';

/** Chosen by `{n}`, as the language counts. */
export type Plural = Readonly<{ one: string; other: string }>;
export type Fill = Readonly<Record<string, string | number>>;
type Table<K extends string> = Readonly<Record<K, string | Plural>>;

/** A translation is another table of the same keys; a key that it lacks is said in English. */
const plural = new Intl.PluralRules('en');

/** What says the sentences of one table: each page loads the tables of what it shows. */
export function sayer<K extends string>(table: Table<K>): (key: K, fill?: Fill) => string {
  return (key, fill = {}) => {
    const entry = table[key];
    const template =
      typeof entry === 'string' ? entry : entry[plural.select(Number(fill.n)) === 'one' ? 'one' : 'other'];
    return template.replace(/\{(\w+)\}/g, (whole, name: string) => {
      const value = fill[name];
      if (value === undefined) return whole;
      return typeof value === 'number' ? count(value) : isolate(value);
    });
  };
}

/** Text of strangers keeps its direction to itself (FSI … PDI, Unicode 6.3), so it cannot turn the sentence around it. */
export function isolate(text: string): string {
  return `\u2068${text}\u2069`;
}
