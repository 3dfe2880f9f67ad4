/** How commands print: a table for people, one line of JSON for machines, a progress bar on a terminal. */

import type { CommonOptions } from './context.ts';
import { apart, bytes, isRightToLeft, type Key, percent, say } from './say.ts';
import { padded, width } from './width.ts';

/** Prints `value` as JSON where asked for, else the text that `people` makes. */
export function print<T>(options: CommonOptions, value: T, people: (value: T) => string): void {
  const text = options.json ? JSON.stringify(value) : people(value);
  if (text !== '') console.log(text);
}

/**
 * Prints a record of a protocol: JSON for people, too, as its own tools do. What would drive a terminal is escaped, which is the
 * same to who reads JSON.
 */
export function showRecord(options: CommonOptions, value: unknown): void {
  print(options, value, record => JSON.stringify(record, null, 2).replace(UNSAFE_IN_JSON, escaped));
}

/** Control characters up to U+001F are escaped in JSON anyway. */
const UNSAFE_IN_JSON = /[\u007f-\u009f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;

function escaped(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

type Head = Key extends infer Each ? (Each extends `head.${infer Name}` ? Name : never) : never;

/** Makes a terminal set a line from right to left that may begin with a name (RLM: UAX #9 goes by the first strong letter). */
export function lineStart(): string {
  return isRightToLeft() ? '\u200f' : '';
}

/** Columns aligned to their widest cell; '' is one without a head. `empty` is said where there are no rows. */
export function table(head: readonly (Head | '')[], rows: string[][], empty: string): string {
  if (rows.length === 0) return empty;
  const all = [head.map(name => (name === '' ? '' : say(`head.${name}`))), ...rows];
  const widths = head.map((_, column) => Math.max(...all.map(row => width(row[column] ?? ''))));
  return all
    .map(
      row =>
        lineStart() +
        row
          .map((cell, column) => padded(apart(cell), widths[column]!))
          .join('  ')
          .trimEnd(),
    )
    .join('\n');
}

/** `ok` or `FAIL`, one as wide as the other. */
export function verdict(ok: boolean): string {
  const words = [say('check.ok'), say('check.fail')];
  return padded(words[ok ? 0 : 1]!, Math.max(...words.map(width)));
}

/** Control characters of names and of what sites say must not reach the terminal. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

/** What sites and file names say must not drive the terminal. */
export function oneLine(text: string): string {
  return plain(text.replace(/\s*\n\s*/g, ' '));
}

const BAR_WIDTH = 30;

/** Draws over one line of stderr; on anything but a terminal it says nothing. */
export function progressBar(label: string): { update(done: number, total: number): void; end(): void } {
  if (!process.stderr.isTTY) return { update() {}, end() {} };
  return {
    update(done, total) {
      const part = total > 0 ? Math.min(1, done / total) : 0;
      const filled = '#'.repeat(Math.round(part * BAR_WIDTH)).padEnd(BAR_WIDTH, '.');
      const amounts = say('of', { done: bytes(done), total: bytes(total) });
      process.stderr.write(`\r${label} [${filled}] ${percent(part)}  ${amounts}\u001b[K`);
    },
    end() {
      process.stderr.write('\r\u001b[K');
    },
  };
}
