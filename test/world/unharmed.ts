/** What a home must be after any fault, now and after a restart: its database sound, its grant, account and requests kept. */

import { copyFile, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import type { Id } from '../../shared/id.ts';
import type { SiteDouble } from '../support/site-double.ts';
import type { HomeProcess } from './home.ts';

export interface Expected {
  site: SiteDouble;
  /** of the grant */
  username: string;
  /** what the site must be told at the next sign-in: one of these */
  passwords: readonly string[];
  /** shared with the site */
  folders: readonly string[];
  /** each is open, or here */
  requested: Iterable<Id>;
}

/** Looks at the home as it runs; kills it, looks at its database, starts it and looks again. Empty where all is well. */
export async function faultsAfter(home: HomeProcess, expected: Expected): Promise<string[]> {
  const running = await lost(home, expected);
  await home.kill('SIGKILL');
  const database = await faultsInDatabase(home.dir);
  const signins = expected.site.of('signin').length;
  await home.start();
  const restarted = await lost(home, expected);
  if (expected.site.of('signin').length === signins) restarted.push('nobody signed in');
  return [...running, ...database, ...restarted.map(fault => `after a restart: ${fault}`)];
}

/** Of a home that was killed: a copy is looked at, for opening the very file would mend it. */
export async function faultsInDatabase(dir: string): Promise<string[]> {
  const copy = await mkdtemp(join(tmpdir(), 'lsd-copy-'));
  const names = (await readdir(dir)).filter(name => name.startsWith('catalogue.db') && !name.endsWith('-shm'));
  for (const name of names) await copyFile(join(dir, name), join(copy, name));
  const database = new DatabaseSync(join(copy, 'catalogue.db'));
  try {
    const said = database
      .prepare('PRAGMA integrity_check')
      .all()
      .map(row => String(row.integrity_check));
    const orphans = database.prepare('PRAGMA foreign_key_check').all();
    return [
      ...(said.join() === 'ok' ? [] : [`the database: ${said.join('; ')}`]),
      ...orphans.map(row => `the database: ${JSON.stringify(row)}`),
    ];
  } finally {
    database.close();
    await rm(copy, { recursive: true });
  }
}

async function lost(home: HomeProcess, expected: Expected): Promise<string[]> {
  const { site, username, passwords, folders, requested } = expected;
  const faults: string[] = [];
  const grant = (await home.call('site.list', {})).find(({ origin }) => origin === site.origin);
  if (grant?.username !== username) faults.push(`the grant is ${JSON.stringify(grant)}`);
  const shared = await home.call('folder.list', {});
  for (const path of folders) {
    const folder = shared.find(each => each.path === path);
    if (!folder?.sites.includes(site.origin)) faults.push(`the folder is ${JSON.stringify(folder)}`);
  }
  for (const id of requested) {
    const { state } = await home.call('item.status', { id });
    if (state === 'unknown') faults.push(`the request of ${id} is lost`);
  }
  // A site that is called is signed in to.
  await home.call('site.sync', { origin: site.origin });
  const { data } = site.of('signin').at(-1) ?? {};
  if (data?.username !== username || !passwords.includes(String(data?.password))) {
    faults.push(`it signed in as ${JSON.stringify(data)}`);
  }
  return faults;
}
