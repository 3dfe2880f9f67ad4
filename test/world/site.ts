/** The reference site with its people and films, and the grants that homes have of it by the command line. */

import { createArchive } from '../../site/archive.ts';
import type { HomeProcess } from './home.ts';

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
}

export function openArchive({ people, ...options }: ArchiveOptions): Promise<Archive> {
  return createArchive({ ...options, accounts: people.map(username => ({ username, password: PASSWORD })) });
}

/** Grants the site in this home by the command line, with an account. */
export async function join(home: HomeProcess, origin: string, username: string): Promise<void> {
  const { code, stderr } = await home.cli(
    ['site', 'add', origin, '--lan', '--username', username, '--password-stdin'],
    `${PASSWORD}\n`,
  );
  if (code !== 0) throw new Error(`site add failed: ${stderr}`);
}

/** Shares a folder with the site, waits for the scan, and tells the site. */
export async function share(home: HomeProcess, folder: string, origin: string): Promise<void> {
  for (const args of [
    ['folder', 'add', folder, '--site', origin],
    ['sync', origin],
  ]) {
    const { code, stderr } = await home.cli(args);
    if (code !== 0) throw new Error(`${args[0]} failed: ${stderr}`);
  }
}
