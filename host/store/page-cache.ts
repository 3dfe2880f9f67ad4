/** How many pages of the database stay in memory: many while a scan writes, few while nothing happens. */

import type { Database } from './database.ts';

/** KiB */
const REST = 4096;
/** Ids arrive in random order: with the pages of its indexes in memory a scan of 200,000 files is recorded twice as fast. */
const MANY = 32_768;
const QUIET_MS = 10_000;

/** Call it before each of many writes. */
export function createPageCache(database: Database): () => void {
  let rest: NodeJS.Timeout | undefined;
  database.exec(`PRAGMA cache_size = -${REST}`);
  return () => {
    if (rest) {
      rest.refresh();
      return;
    }
    database.exec(`PRAGMA cache_size = -${MANY}`);
    rest = setTimeout(() => {
      rest = undefined;
      if (database.isOpen) database.exec(`PRAGMA cache_size = -${REST}; PRAGMA shrink_memory`);
    }, QUIET_MS).unref();
  };
}
