/** A copy of the database each day: grants, accounts and requests can't be rebuilt from the folders. */

import { existsSync } from 'node:fs';
import { readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { backup } from 'node:sqlite';
import type { Log } from '../core/ports.ts';
import { commitFile } from '../platform/files.ts';
import type { Database } from './database.ts';

const HOUR_MS = 3_600_000;
const KEPT = 3;

/** Looks every hour whether today's copy is there; keeps the last three. */
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
  await backup(database, `${path}.new`);
  await commitFile(`${path}.new`, path);
  const copies = (await readdir(folder)).filter(each => /^catalogue-.*\.db$/.test(each)).sort();
  // Copies of days to come were made while the clock was wrong: they may not outlive those of the days that follow.
  const [toCome, made] = [copies.filter(each => each > name), copies.filter(each => each <= name)];
  for (const each of [...toCome, ...made].slice(0, -KEPT)) await rm(join(folder, each));
}
