/** The one database of a home: opened, migrated, and never replaced silently. */

import { DatabaseSync } from 'node:sqlite';
import { LsdError } from '../../shared/errors.ts';
import { FIRST } from './migrations/001-first.ts';

/** In order; the place in this list is the schema's version. What was released is never edited. */
const MIGRATIONS = [FIRST];

export type Database = DatabaseSync;

/** Opens, checks and migrates. A damaged file or a newer schema is refused with a sentence, and stays as it is. */
export function openDatabase(path: string): Database {
  const database = new DatabaseSync(path);
  try {
    database.exec(
      'PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA busy_timeout = 5000',
    );
    database.exec('PRAGMA wal_autocheckpoint = 8000');
    migrate(database, path);
    return database;
  } catch (thrown) {
    database.close();
    throw thrown instanceof LsdError ? thrown : damaged(path, thrown);
  }
}

function migrate(database: Database, path: string): void {
  const version = Number(database.prepare('PRAGMA user_version').get()?.user_version ?? 0);
  if (version > MIGRATIONS.length) {
    throw new LsdError(
      'protocol-mismatch',
      `The catalogue ${path} was written by a newer Lets Share Data (schema ${version}; this one knows ${MIGRATIONS.length}). Install the newer version again; nothing was changed.`,
    );
  }
  for (let next = version; next < MIGRATIONS.length; next++) {
    transaction(database, () => {
      database.exec(MIGRATIONS[next]!);
      database.exec(`PRAGMA user_version = ${next + 1}`);
    });
  }
}

/** Runs `work` in one transaction, or joins the one that is open. */
export function transaction<T>(database: Database, work: () => T): T {
  if (database.isTransaction) return work();
  database.exec('BEGIN IMMEDIATE');
  try {
    const result = work();
    database.exec('COMMIT');
    return result;
  } catch (thrown) {
    if (database.isTransaction) database.exec('ROLLBACK');
    throw thrown;
  }
}

function damaged(path: string, cause: unknown): LsdError {
  const why = cause instanceof Error ? cause.message : String(cause);
  return new LsdError(
    'internal',
    `The catalogue ${path} cannot be read (${why}). It was left as it is: move it away to begin anew, or put back a copy from the home's backups folder.`,
    { cause },
  );
}
