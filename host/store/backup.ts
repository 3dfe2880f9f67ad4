/**
 * A copy of the database each day: grants, accounts and requests can't be rebuilt from the folders. A copy that is damaged
 * takes the place of none.
 */

import { fork } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { LsdError } from '../../shared/errors.ts';
import type { Log } from '../core/ports.ts';
import { commitFile } from '../platform/files.ts';
import type { Copied } from './copy.ts';
import type { Database } from './database.ts';

const COPY = new URL('../workers/copy-catalogue.ts', import.meta.url);
const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;
const KEPT = 3;
/** Of so many weeks, this one among them, the first copy is kept too. */
const WEEKS = 2;

/** Looks every hour whether today's copy is there. */
export function backUpDaily(database: Database, folder: string, log: Log): { close(): void } {
  const run = () => {
    void backUp(database, folder).catch(error => log.error('the daily backup failed', { error }));
  };
  const timer = setInterval(run, HOUR_MS);
  const first = setTimeout(run, 60_000);
  timer.unref();
  first.unref();
  return {
    close() {
      clearInterval(timer);
      clearTimeout(first);
    },
  };
}

export async function backUp(database: Database, folder: string, now = new Date()): Promise<void> {
  const name = `catalogue-${now.toISOString().slice(0, 10)}.db`;
  const path = join(folder, name);
  if (existsSync(path)) return;
  await rm(`${path}.new`, { force: true });
  await copyTo(`${path}.new`, database);
  await commitFile(`${path}.new`, path);
  const copies = (await readdir(folder)).filter(each => /^catalogue-.*\.db$/.test(each)).sort();
  // Copies of days to come were made while the clock was wrong: they may not outlive those of the days that follow.
  const [toCome, made] = [copies.filter(each => each > name), copies.filter(each => each <= name)];
  const all = [...toCome, ...made];
  const kept = new Set([...all.slice(-KEPT), ...firstOfWeeks(made, now)]);
  for (const each of all) if (!kept.has(each)) await rm(join(folder, each));
}

function firstOfWeeks(copies: readonly string[], now: Date): string[] {
  const weekOf = (time: number) => Math.floor(time / WEEK_MS);
  const first = new Map<number, string>();
  for (const copy of copies.toReversed()) first.set(weekOf(Date.parse(copy.slice(10, 20))), copy);
  return Array.from({ length: WEEKS }, (_, back) => first.get(weekOf(now.getTime()) - back)).filter(
    copy => copy !== undefined,
  );
}

/** In a process of its own (workers/copy-catalogue.ts). */
async function copyTo(copy: string, database: Database): Promise<void> {
  const child = fork(COPY, [database.location() ?? '', copy], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const copied = await new Promise<Copied>(resolve => {
    child.on('message', (said: Copied) => resolve(said));
    child.on('error', error => resolve({ failed: String(error) }));
    child.on('disconnect', () => resolve({ failed: 'its process ended early' }));
  });
  if (copied === 'sound') return;
  await rm(copy, { force: true });
  if (copied === 'damaged') throw damaged();
  throw new LsdError(
    'internal',
    `The daily copy of the catalogue could not be made (${copied.failed}). It is tried again in an hour.`,
  );
}

function damaged(): LsdError {
  return new LsdError(
    'internal',
    'The catalogue is damaged: its copy does not pass the check, so the copies of the days before are kept. Stop the daemon, and put one of them in its place.',
  );
}
