/** The files of the catalogue for other processes, which only read. */

import { DatabaseSync } from 'node:sqlite';
import type { Catalogue } from '../core/stored.ts';
import { createContents } from './catalogue-contents.ts';
import { createFiles } from './catalogue-files.ts';
import type { Database } from './database.ts';
import { createSortedList } from './file-list.ts';

export function openReader(path: string): Pick<Catalogue, 'file' | 'filesUnder'> {
  const database = openReadOnly(path, 2048);
  return createFiles(database, createContents(database));
}

export function openFileList(path: string): ReturnType<typeof createSortedList> {
  return createSortedList(openReadOnly(path, 16_384), () => performance.now());
}

/** `cache`: KiB */
function openReadOnly(path: string, cache: number): Database {
  const database = new DatabaseSync(path, { readOnly: true });
  database.exec(`PRAGMA busy_timeout = 5000; PRAGMA cache_size = -${cache}`);
  return database;
}
