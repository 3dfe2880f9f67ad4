/** Is a file a database whose pages, rows and indexes fit together? Reads all of it: some seconds where it is large. */

import { DatabaseSync } from 'node:sqlite';
import { pathToFileURL } from 'node:url';

export function isSound(path: string): boolean {
  try {
    const url = pathToFileURL(path);
    // Nobody writes to it, so no files for sharing and locking are laid beside it.
    url.searchParams.set('immutable', '1');
    const database = new DatabaseSync(url, { readOnly: true });
    try {
      return database.prepare('PRAGMA quick_check(1)').get()?.quick_check === 'ok';
    } finally {
      database.close();
    }
  } catch {
    return false;
  }
}
