/**
 * From a key and what fills it to a sentence in the reader's language. The sentences stand in public/_locales, a file for
 * each language, from which the browser takes those of its own (docs/translating.md).
 */

import { type Fill, type Filling, filled, isolated, pluralName, type WithoutPlural } from '../../shared/sentence.ts';
import type english from '../public/_locales/en/messages.json';
import { browser } from '../web-extension.ts';
import { count } from './format.ts';
import { locale } from './language.ts';
import type { Places } from './places.ts';

/** `link.host-missing` for the message `link_host__missing`: browsers allow no other letters. */
type Dotted<Name extends string> = Name extends `${infer A}__${infer B}`
  ? `${Dotted<A>}-${Dotted<B>}`
  : Name extends `${infer A}_${infer B}`
    ? `${A}.${Dotted<B>}`
    : Name;
type Key = Dotted<WithoutPlural<keyof typeof english>>;

let plurals: Intl.PluralRules | undefined;

export function say<K extends Key>(key: K, ...fill: Filling<Places, K>): string;
export function say(key: Key, fill: Fill = {}): string {
  return filled(template(key, fill.n), fill, { count, text: isolated });
}

/** A sentence that counts has a message for each plural of the language: `files@one`, `files@other`. */
function template(key: Key, n: string | number | undefined): string {
  const name = key.replaceAll('-', '__').replaceAll('.', '_');
  const plain = browser.i18n.getMessage(name);
  if (plain !== '') return plain;
  plurals ??= new Intl.PluralRules(locale());
  return browser.i18n.getMessage(pluralName(name, n, plurals));
}
