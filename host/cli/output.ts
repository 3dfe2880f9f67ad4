/** How commands print: a table for people, one line of JSON for machines, a progress bar on a terminal. */

import type { CommonOptions } from './context.ts';

/** Prints `value` as JSON where asked for, else the text that `people` makes. */
export function print<T>(options: CommonOptions, value: T, people: (value: T) => string): void {
  const text = options.json ? JSON.stringify(value) : people(value);
  if (text !== '') console.log(text);
}

/** Columns aligned to their widest cell. `empty` is said where there are no rows. */
export function table(head: string[], rows: string[][], empty: string): string {
  if (rows.length === 0) return empty;
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map(row => row[column]?.length ?? 0)));
  return all
    .map(row =>
      row
        .map((cell, column) => cell.padEnd(widths[column]!))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

const UNITS = ['B', 'kB', 'MB', 'GB', 'TB'];

export function bytes(count: number): string {
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit++;
  }
  return `${unit === 0 ? Math.round(value) : value.toFixed(1)} ${UNITS[unit]}`;
}

export function percent(progress: number): string {
  return `${Math.floor(progress * 100)} %`;
}

/** Control characters of names and of what sites say must not reach the terminal. */
export function plain(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is taken out
  return text.replace(/[\u0000-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]/g, '\ufffd');
}

const BAR_WIDTH = 30;

/** Draws over one line of stderr; on anything but a terminal it says nothing. */
export function progressBar(label: string): { update(done: number, total: number): void; end(): void } {
  if (!process.stderr.isTTY) return { update() {}, end() {} };
  return {
    update(done, total) {
      const part = total > 0 ? Math.min(1, done / total) : 0;
      const filled = '#'.repeat(Math.round(part * BAR_WIDTH)).padEnd(BAR_WIDTH, '.');
      process.stderr.write(`\r${label} [${filled}] ${percent(part)}  ${bytes(done)} of ${bytes(total)}\u001b[K`);
    },
    end() {
      process.stderr.write('\r\u001b[K');
    },
  };
}
