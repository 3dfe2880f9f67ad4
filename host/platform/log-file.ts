/** A log in numbered files: one that is full makes way for the next, and only the last few stay, of earlier runs too. */

import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { basename, dirname } from 'node:path';
import pino from 'pino';

const FULL_BYTES = 5 * 1024 * 1024;
/** the one that is written among them */
const FILES = 5;
/** Lines that wait for a slow or full disk; what comes beyond is dropped. */
const MAX_WAITING_BYTES = 4 * 1024 * 1024;

export interface RotatedFile {
  write(lines: string): void;
  /** Writes what is buffered. */
  close(): Promise<void>;
}

/** `file`: path without number and ending; `daemon` stands for daemon.1.log, daemon.2.log, … A full disk costs lines, no more. */
export function openRotated(file: string): RotatedFile {
  const folder = dirname(file);
  const pathOf = (number: number) => `${file}.${number}.log`;
  mkdirSync(folder, { recursive: true });
  let number = numbersIn(folder, basename(file)).at(-1) ?? 1;
  let size = statSync(pathOf(number), { throwIfNoEntry: false })?.size ?? 0;
  const stream = pino.destination({ dest: pathOf(number), sync: false, maxLength: MAX_WAITING_BYTES });
  stream.on('error', () => {});
  stream.on('write', (bytes: number) => {
    size += bytes;
    if (size < FULL_BYTES) return;
    size = 0;
    number++;
    stream.reopen(pathOf(number));
    removeOld();
  });

  function removeOld(): void {
    try {
      const before = numbersIn(folder, basename(file)).filter(each => each < number);
      for (const old of before.slice(0, -(FILES - 1))) rmSync(pathOf(old), { force: true });
    } catch {
      // One that cannot be removed now is among those that the next one makes old.
    }
  }

  return {
    write: lines => void stream.write(lines),
    async close() {
      await new Promise<void>(resolve => {
        stream.once('close', resolve);
        stream.end();
      });
    },
  };
}

/** In order. */
function numbersIn(folder: string, name: string): number[] {
  const numbers = readdirSync(folder).flatMap(each => {
    const number = each.startsWith(`${name}.`) && /^(\d+)\.log$/.exec(each.slice(name.length + 1))?.[1];
    return number ? Number(number) : [];
  });
  return numbers.sort((a, b) => a - b);
}
