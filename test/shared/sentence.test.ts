/** Sentences are filled as their language writes, and tsc knows what each one wants. */

import { expect, it } from 'vitest';
import { type Filling, filled, isolated, pluralName } from '../../shared/sentence.ts';

const HAND = { count: (value: number) => `#${value}`, text: isolated };

it('numbers and texts are written each in their way, and a place that nothing fills is seen', () => {
  const template = '{n} of {known, number} files of {origin}; {missed} {missed, number}';
  expect(filled(template, { n: 3, known: 12, origin: 'me' }, HAND)).toBe(
    '#3 of #12 files of \u2068me\u2069; {missed} {missed, number}',
  );
});

it('a place is filled once: what fills it has no places', () => {
  expect(filled('{a} {b}', { a: '{b}', b: '$&' }, HAND)).toBe('\u2068{b}\u2069 \u2068$&\u2069');
});

it('the plural goes by the number', () => {
  const arabic = new Intl.PluralRules('ar');
  expect([0, 1, 2, 3, 11, 100].map(n => pluralName('files', n, arabic).replace('files@', ''))).toEqual([
    'zero',
    'one',
    'two',
    'few',
    'many',
    'other',
  ]);
});

interface Places {
  files: { n: number };
  taken: { name: string; size: string };
  'taken.all': { name: string; size: string };
}

it('tsc asks for exactly what a sentence wants', () => {
  const said: unknown[][] = [];
  const say = <K extends 'plain' | 'empty' | keyof Places>(key: K, ...fill: Filling<Places, K>) =>
    void said.push([key, ...fill]);
  const some = (): boolean => said.length > 0;

  say('plain');
  say(some() ? 'plain' : 'empty');
  say('files', { n: 1 });
  say(some() ? 'taken' : 'taken.all', { name: 'a', size: '1 MB' });
  const right = said.length;

  // @ts-expect-error: it has no such place
  say('plain', { n: 1 });
  // @ts-expect-error: the place is not filled
  say('files');
  // @ts-expect-error: one of its places is not filled
  say('taken', { name: 'a' });
  // @ts-expect-error: there is one too many
  say('files', { n: 1, name: 'a' });
  // @ts-expect-error: misspelt
  say('taken', { nam: 'a', size: '1 MB' });
  // @ts-expect-error: a text where a number belongs
  say('files', { n: '1' });
  // @ts-expect-error: a number where a text belongs
  say('taken', { name: 'a', size: 1 });
  // @ts-expect-error: these two do not want the same
  say(some() ? 'taken' : 'files', { n: 1, name: 'a', size: '1 MB' });
  // @ts-expect-error: one of these wants nothing
  say(some() ? 'files' : 'plain', { n: 1 });
  expect(right).toBe(4);
});
