/** One daemon a home: an exclusive SQLite transaction on lock.db, held for life. It ends with the process, however that ends. */

import { DatabaseSync } from 'node:sqlite';
import { LsdError } from '../../shared/errors.ts';

/** Someone who only looks (isLocked) holds a read lock for an instant. */
const PATIENCE_MS = 250;
/** sqlite.org/rescode.html; the low byte of an extended code */
const SQLITE_BUSY = 5;

export interface Lock {
  release(): void;
}

/** Throws where another daemon holds the home. */
export function acquireLock(path: string, home: string): Lock {
  let database: DatabaseSync | undefined;
  try {
    database = new DatabaseSync(path);
    database.exec(`PRAGMA busy_timeout = ${PATIENCE_MS}`);
    database.exec('BEGIN EXCLUSIVE');
    const held = database;
    return { release: () => held.close() };
  } catch (cause) {
    database?.close();
    throw isBusy(cause) ? taken(home, cause) : unusable(home, path, cause);
  }
}

function isBusy(thrown: unknown): boolean {
  return thrown instanceof Error && 'errcode' in thrown && Number(thrown.errcode) % 256 === SQLITE_BUSY;
}

function taken(home: string, cause: unknown): LsdError {
  return new LsdError(
    'denied',
    `Another Lets Share Data daemon uses the home ${home}. Stop it with "letsshare stop --home ${home}", or choose another home.`,
    { cause },
  );
}

function unusable(home: string, path: string, cause: unknown): LsdError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new LsdError(
    'internal',
    `The home ${home} cannot be locked (${path}: ${why}). Check its owner, its rights and its disk, or choose another with --home.`,
    { cause },
  );
}

/** Whether a daemon holds the home now; looking never keeps one from starting. */
export function isLocked(path: string): boolean {
  const database = new DatabaseSync(path);
  try {
    database.exec('PRAGMA busy_timeout = 0');
    database.prepare('SELECT count(*) FROM sqlite_schema').get();
    return false;
  } catch (thrown) {
    return isBusy(thrown);
  } finally {
    database.close();
  }
}
