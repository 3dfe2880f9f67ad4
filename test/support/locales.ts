/** The sentences of the extension as its tests want them: of each language, and of one in which no other sentence goes unseen. */

import { readdirSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const FOLDER = fileURLToPath(new URL('../../extension/public/_locales/', import.meta.url));

/** By name, as in the files of the languages. */
export type Messages = Readonly<Record<string, string>>;

export const LANGUAGES = readdirSync(FOLDER);

export function messagesOf(language: string): Messages {
  const entries: Record<string, { message: string }> = JSON.parse(
    readFileSync(`${FOLDER}${language}/messages.json`, 'utf8'),
  );
  return Object.fromEntries(Object.entries(entries).map(([name, { message }]) => [name, message]));
}

/** What a sentence of the pseudo-locale stands between: what stands outside was written without it. */
export const MARKS = ['⟦', '⟧'] as const;

const PLAIN = 'aeiouyAEIOUcnszCNSZ';
const ACCENTED = 'áéíóúýÁÉÍÓÚčňšžČŇŠŽ';

/** English with accents, a third longer, between marks. Its numbers and dates are Greek, in which no Latin word is left. */
export function pseudoMessages(): Messages {
  const english = Object.entries(messagesOf('en')).map(([name, message]) => [name, pseudo(message)]);
  return { ...Object.fromEntries(english), language: 'el', direction: 'ltr' };
}

function pseudo(message: string): string {
  const parts = message.split(/(\{\w+\})/);
  const words = parts.map(part => (part.startsWith('{') ? part : part.replace(/\w/g, accented)));
  const longer = ' ňo'.repeat(Math.ceil(message.length / 10));
  return `${MARKS[0]}${words.join('')}${longer}${MARKS[1]}`;
}

function accented(letter: string): string {
  return ACCENTED[PLAIN.indexOf(letter)] ?? letter;
}
