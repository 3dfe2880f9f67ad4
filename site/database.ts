/** What the archive remembers: accounts, films, who holds which, who wants which. */
import { EventEmitter } from 'node:events';
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';

const SCHEMA = `
  PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS accounts (user TEXT PRIMARY KEY, salt TEXT, hash TEXT, token TEXT UNIQUE);
  CREATE TABLE IF NOT EXISTS sessions (digest TEXT PRIMARY KEY, user TEXT, expires INTEGER);
  CREATE TABLE IF NOT EXISTS films (sha1 TEXT PRIMARY KEY, title TEXT, metadata TEXT, withdrawn INTEGER DEFAULT 0);
  CREATE INDEX IF NOT EXISTS films_by_info_hash ON films (metadata ->> 'info_hash');
  CREATE TABLE IF NOT EXISTS holders (user TEXT, sha1 TEXT, PRIMARY KEY (user, sha1), UNIQUE (sha1, user));
  CREATE TABLE IF NOT EXISTS requests (user TEXT, sha1 TEXT, PRIMARY KEY (user, sha1), UNIQUE (sha1, user));`;

export function openDatabase(path: string) {
  const db = new DatabaseSync(path);
  db.exec(SCHEMA);
  const writes = new EventEmitter().setMaxListeners(0);
  const all = (sql: string, ...values: SQLInputValue[]) => db.prepare(sql).all(...values);
  return {
    writes, // says 'write' after each: a held getRequests looks again
    all,
    ids: (sql: string, ...values: SQLInputValue[]) => all(sql, ...values).map(row => String(row.sha1)),
    run(sql: string, ...values: SQLInputValue[]) {
      const { changes } = db.prepare(sql).run(...values);
      if (changes) writes.emit('write');
      return changes;
    },
    close: () => db.close(),
  };
}
export type Database = ReturnType<typeof openDatabase>;
