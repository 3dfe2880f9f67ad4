/** The languages say the same: every sentence of each is there, with what fills it, in all its plurals. */

import { describe, expect, it } from 'vitest';
import { PLACE } from '../../shared/sentence.ts';
import type { Messages } from './locales.ts';

const baseOf = (name: string) => name.split('@', 1)[0] ?? '';
const fillsOf = (message: string) => new Set(message.match(PLACE));
/** `{n}` may be missing from a form that stands for one number only, or for none. */
const SAYS_ITS_NUMBER = ['zero', 'one', 'two'];

/** `languages`: the names of their files; English is what the others are held against */
export function describeLanguages(languages: readonly string[], messagesOf: (language: string) => Messages): void {
  const english = messagesOf('en');

  it('English, German, Arabic and Japanese are there', () => {
    expect(languages).toEqual(expect.arrayContaining(['en', 'de', 'ar', 'ja']));
  });

  describe.each(languages)('%s', language => {
    const messages = messagesOf(language);
    const tag = language.replace('_', '-');
    const forms = new Intl.PluralRules(tag).resolvedOptions().pluralCategories;

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

    it('names itself, and which way it is written', () => {
      expect(messages.language).toBe(tag);
      const isRightToLeft = /[\p{Script=Arabic}\p{Script=Hebrew}]/u.test(Object.values(messages).join());
      expect(messages.direction).toBe(isRightToLeft ? 'rtl' : 'ltr');
    });
  });
}
