/** The languages of the extension say the same: every sentence of each is there, with what fills it, in all its plurals. */

import { describe, expect, it } from 'vitest';
import { LANGUAGES, messagesOf } from '../support/locales.ts';

const english = messagesOf('en');
const baseOf = (name: string) => name.split('@', 1)[0] ?? '';
const fillsOf = (message: string) => new Set(message.match(/\{\w+\}/g));
/** `{n}` may be missing from a form that stands for one number only, or for none. */
const SAYS_ITS_NUMBER = ['zero', 'one', 'two'];

it('English, German, Arabic and Japanese are there', () => {
  expect(LANGUAGES).toEqual(expect.arrayContaining(['en', 'de', 'ar', 'ja']));
});

describe.each(LANGUAGES)('%s', language => {
  const messages = messagesOf(language);
  const forms = new Intl.PluralRules(language).resolvedOptions().pluralCategories;

  it('has every sentence, and no other', () => {
    const wanted = Object.keys(english).flatMap(name =>
      name.includes('@') ? forms.map(form => `${baseOf(name)}@${form}`) : [name],
    );
    expect(Object.keys(messages).sort()).toEqual([...new Set(wanted)].sort());
    for (const [name, message] of Object.entries(messages)) expect(message.trim(), name).not.toBe('');
  });

  it('has a place for all that fills a sentence', () => {
    for (const [name, message] of Object.entries(messages)) {
      const wanted = fillsOf(english[name] ?? english[`${baseOf(name)}@other`] ?? '');
      const form = name.split('@')[1] ?? '';
      const found = fillsOf(message);
      if (SAYS_ITS_NUMBER.includes(form)) {
        wanted.delete('{n}');
        found.delete('{n}');
      }
      expect(found, name).toEqual(wanted);
    }
  });

  it('keeps to what browsers allow', () => {
    const names = Object.keys(messages);
    for (const name of names) expect(name).toMatch(/^[A-Za-z0-9_]+(@[a-z]+)?$/);
    expect(new Set(names.map(name => name.toLowerCase())).size, 'names apart by case alone').toBe(names.length);
    for (const [name, message] of Object.entries(messages)) expect(message, name).not.toContain('$');
    expect(messages.description?.length).toBeLessThanOrEqual(132);
    expect(messages.language).toBe(language.replace('_', '-'));
  });
});
