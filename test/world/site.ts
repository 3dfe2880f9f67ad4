/** The reference site with its people and films, and the grants that homes have of it by the command line. */

import { readFile } from 'node:fs/promises';
import type { Id } from '../../shared/id.ts';
import { createArchive } from '../../site/archive.ts';
import type { HomeProcess } from './home.ts';
import { until } from './until.ts';

export const PASSWORD = 'correct horse';

export type Archive = Awaited<ReturnType<typeof createArchive>>;

export interface ArchiveOptions {
  people: string[];
  films?: { sha1: string; title: string }[];
  /** seconds that it holds a long poll; 0: it offers none */
  wait?: number;
  database?: string;
  port?: number;
  publicUrl?: string;
  stun?: string[];
}

export function openArchive({ people, ...options }: ArchiveOptions): Promise<Archive> {
  return createArchive({ ...options, accounts: people.map(username => ({ username, password: PASSWORD })) });
}

/** Grants the site in this home, with an account. */
export async function join(home: HomeProcess, origin: string, username: string): Promise<void> {
  await home.call('site.grant', { origin, lan: true, username, password: PASSWORD });
}

/** Shares a folder with the site, waits for the scan, and tells the site. */
export async function share(home: HomeProcess, folder: string, origin: string): Promise<void> {
  const { path } = await home.call('folder.add', { path: folder, sites: [origin] });
  await home.call('folder.wait', { path });
  await home.call('site.sync', { origin });
}

/** Bytes a second that this home sends at most. */
export async function limitUpload(home: HomeProcess, up: number | null): Promise<void> {
  await home.call('daemon.limits', { up });
}

/** Asks the site for the film; resolves when it is requested. */
export async function request(home: HomeProcess, id: Id): Promise<void> {
  const { missing } = await home.call('request.add', { ids: [id] });
  if (missing.length > 0) throw new Error(`the site does not know ${id}`);
}

/** Waits until the file is here, and reads it. */
export async function arrived(home: HomeProcess, id: Id): Promise<Buffer> {
  await until(`${id} is here`, async () => {
    const item = await home.call('item.status', { id });
    if (item.state === 'available' || item.state === 'seeding') return true;
    throw new Error(JSON.stringify(item));
  });
  const download = (await home.call('download.list', {})).find(one => one.id === id);
  if (!download) throw new Error(`${id} is not in the list of downloads`);
  return readFile(download.path);
}
