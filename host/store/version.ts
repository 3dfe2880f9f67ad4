/** A number that tells whether anything was written since. */

import type { Database } from './database.ts';
import { number } from './rows.ts';

/**
 * Another after each write: the daemon is the only writer, and has one connection. (A transaction that is rolled back leaves
 * it as it was within, so nothing may be kept that was asked there.)
 */
export function createVersion(database: Database): () => number {
  const version = database.prepare('SELECT total_changes()');
  // Asked for every range of a film: a row as an object takes several times as long.
  version.setReturnArrays(true);
  return () => {
    const row: unknown = version.get();
    return number(Array.isArray(row) ? row[0] : undefined);
  };
}
