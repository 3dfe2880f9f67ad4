/** One daemon a home: an exclusive SQLite transaction on lock.db, held for life. It ends with the process, however that ends. */

import { DatabaseSync } from 'node:sqlite';
import { LsdError } from '../../shared/errors.ts';

/** Someone who only looks (isLocked) holds a read lock for an instant. */
const PATIENCE_MS = 250;

export interface Lock {
  release(): void;
}

/** Throws where another daemon holds the home. */
export function acquireLock(path: string, home: string): Lock {
  const database = new DatabaseSync(path);
  try {
    database.exec(`PRAGMA busy_timeout = ${PATIENCE_MS}`);
    database.exec('BEGIN EXCLUSIVE');
  } catch (cause) {
    database.close();
    throw new LsdError(
      'denied',
      `Another Lets Share Data daemon uses the home ${home}. Stop it with "letsshare stop --home ${home}", or choose another home.`,
      { cause },
    );
  }
  return { release: () => database.close() };
}

/** Whether a daemon holds the home now; looking never keeps one from starting. */
export function isLocked(path: string): boolean {
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA busy_timeout = 0');
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    return false;
  } catch {
    return true;
  } finally {
    database.close();
  }
}
