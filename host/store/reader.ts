/** The files of the catalogue for a second process, which only reads. */

import { DatabaseSync } from 'node:sqlite';
import type { Catalogue } from '../core/stored.ts';
import { createContents } from './catalogue-contents.ts';
import { createFiles } from './catalogue-files.ts';

export function openReader(path: string): Pick<Catalogue, 'file' | 'filesUnder'> {
  const database = new DatabaseSync(path, { readOnly: true });
  database.exec('PRAGMA busy_timeout = 5000; PRAGMA cache_size = -2048');
  return createFiles(database, createContents(database));
}
