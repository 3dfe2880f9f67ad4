/** The sentences of extension and command line as tests want them: of each language, and of one in which no other sentence goes unseen. */

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const EXTENSION = fileURLToPath(new URL('../../extension/public/_locales/', import.meta.url));
const COMMANDS = fileURLToPath(new URL('../../host/cli/locales/', import.meta.url));

/** By name, as in the files of the languages. */
export type Messages = Readonly<Record<string, string>>;

/** Of the extension. */
export const LANGUAGES = readdirSync(EXTENSION);
export function messagesOf(language: string): Messages {
  const entries: Record<string, { message: string }> = JSON.parse(
    readFileSync(`${EXTENSION}${language}/messages.json`, 'utf8'),
  );
  return Object.fromEntries(Object.entries(entries).map(([name, { message }]) => [name, message]));
}

/** Of the command line. */
export const COMMAND_LANGUAGES = readdirSync(COMMANDS).map(file => file.replace('.json', ''));
export function commandSentencesOf(language: string): Messages {
  return JSON.parse(readFileSync(`${COMMANDS}${language}.json`, 'utf8'));
}

/** What a sentence of the pseudo-locale stands between: what stands outside was written without it. */
export const MARKS = ['⟦', '⟧'] as const;
const MARKED = new RegExp(`${MARKS[0]}[^${MARKS.join('')}]*${MARKS[1]}`, 'g');

/** What is left of a text without what came from the pseudo-locale. */
export function unmarked(text: string): string {
  let rest = text;
  while (MARKED.test(rest)) rest = rest.replaceAll(MARKED, ' ');
  return rest;
}

const PLAIN = 'aeiouyAEIOUcnszCNSZ';
const ACCENTED = 'áéíóúýÁÉÍÓÚčňšžČŇŠŽ';

/** English with accents, a third longer, between marks. Its numbers and dates are Greek, in which no Latin word is left. */
export function pseudoMessages(): Messages {
  const english = Object.entries(messagesOf('en')).map(([name, message]) => [name, pseudo(message)]);
  return { ...Object.fromEntries(english), language: 'el', direction: 'ltr' };
}

/** The same of the command line, no longer than English; what fills a sentence stands outside of its marks: it is looked at, too. */
export function pseudoCommandSentences(): Messages {
  const english = Object.entries(commandSentencesOf('en')).map(([name, message]) => [
    name,
    message.replace(
      /(^|\})([^{}]+)(\{|$)/g,
      (_, before: string, words: string, after: string) => `${before}${marked(accents(words))}${after}`,
    ),
  ]);
  return { ...Object.fromEntries(english), language: 'el', direction: 'ltr' };
}

function pseudo(message: string): string {
  const parts = message.split(/(\{[^}]+\})/);
  const words = parts.map(part => (part.startsWith('{') ? part : accents(part)));
  return marked(`${words.join('')}${' ňo'.repeat(Math.ceil(message.length / 10))}`);
}

function marked(text: string): string {
  return `${MARKS[0]}${text}${MARKS[1]}`;
}

function accents(text: string): string {
  return text.replace(/\w/g, letter => ACCENTED[PLAIN.indexOf(letter)] ?? letter);
}
