/** What the archive remembers: accounts, films, who holds which, who wants which. */
import { DatabaseSync, type SQLInputValue } from 'node:sqlite';

const SCHEMA = `
  PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS accounts (username TEXT PRIMARY KEY, salt TEXT, hash TEXT, token TEXT UNIQUE);
  CREATE TABLE IF NOT EXISTS sessions (digest TEXT PRIMARY KEY, username TEXT, expires INTEGER);
  CREATE TABLE IF NOT EXISTS films (sha1 TEXT PRIMARY KEY, title TEXT, metadata TEXT, withdrawn INTEGER DEFAULT 0);
  CREATE INDEX IF NOT EXISTS films_by_info_hash ON films (metadata ->> 'info_hash');
  CREATE TABLE IF NOT EXISTS holders (username TEXT, sha1 TEXT, PRIMARY KEY (username, sha1)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS holders_by_film ON holders (sha1);
  CREATE TABLE IF NOT EXISTS requests (username TEXT, sha1 TEXT, PRIMARY KEY (username, sha1)) WITHOUT ROWID;
  CREATE INDEX IF NOT EXISTS requests_by_film ON requests (sha1);`;

export type Store = ReturnType<typeof createStore>;

export function createStore(path: string) {
  const db = new DatabaseSync(path);
  db.exec(SCHEMA);
  const all = (sql: string, ...values: SQLInputValue[]) => db.prepare(sql).all(...values);
  const run = (sql: string, ...values: SQLInputValue[]) => db.prepare(sql).run(...values);
  const ids = (sql: string, ...values: SQLInputValue[]) => all(sql, ...values).map(row => String(row.sha1));
  // A batch travels as one JSON text that SQLite unfolds: 10,000 ids are one statement.
  const IDS = '(SELECT value FROM json_each(?2))';
  const HELD = 'FROM holders JOIN films USING (sha1) WHERE holders.username = ?';

  return {
    all,
    run,
    close: () => db.close(),
    addFilm: (sha1: string, title: string) =>
      run(
        'INSERT INTO films (sha1, title) VALUES (?, ?) ON CONFLICT DO UPDATE SET title = excluded.title',
        sha1,
        title,
      ),
    withdraw: (sha1: string) => run('UPDATE films SET withdrawn = 1 WHERE sha1 = ?', sha1),
    knows: (infoHash: string) =>
      all(`SELECT 1 FROM films WHERE metadata ->> 'info_hash' = ? AND NOT withdrawn`, infoHash).length > 0,
    /** What the page shows; `user` is '' for a visitor who is not signed in. */
    list: (user: string, find: string) =>
      all(
        `SELECT sha1 AS id, title, metadata ->> 'size' AS size, metadata ->> 'extension' AS extension,
          EXISTS (SELECT 1 FROM holders h WHERE h.sha1 = f.sha1 AND username = ?1) AS here,
          EXISTS (SELECT 1 FROM requests r WHERE r.sha1 = f.sha1 AND username = ?1) AS requested,
          (SELECT count(*) FROM holders h WHERE h.sha1 = f.sha1 AND username <> ?1) AS others
        FROM films f WHERE NOT withdrawn AND instr(lower(title), lower(?2)) ORDER BY title, sha1 LIMIT 200`,
        user,
        find,
      ),
    heldBy: (user: string) => ids('SELECT sha1 FROM holders WHERE username = ? ORDER BY sha1', user),
    hold(user: string, add: string) {
      run('INSERT OR IGNORE INTO films (sha1, title) SELECT value, substr(value, 1, 8) FROM json_each(?)', add);
      run('INSERT OR IGNORE INTO holders SELECT ?, value FROM json_each(?)', user, add);
    },
    letGo: (user: string, remove: string) =>
      run(`DELETE FROM holders WHERE username = ?1 AND sha1 IN ${IDS}`, user, remove),
    undescribed: (user: string) => ids(`SELECT sha1 ${HELD} AND metadata IS NULL`, user),
    /** A holder's latest word counts: so the info hash of an older torrent gives way to the canonical one. */
    describe: (user: string, films: string) =>
      run(
        `UPDATE films SET metadata = value FROM json_each(?2)
        WHERE sha1 = value ->> 'sha1' AND sha1 IN (SELECT sha1 FROM holders WHERE username = ?1)`,
        user,
        films,
      ),
    request(user: string, wanted: string) {
      run(
        `INSERT OR IGNORE INTO requests SELECT ?1, sha1 FROM films WHERE NOT withdrawn AND sha1 IN ${IDS}`,
        user,
        wanted,
      );
      return all(
        'SELECT sha1, metadata FROM films WHERE NOT withdrawn AND sha1 IN (SELECT value FROM json_each(?))',
        wanted,
      );
    },
    unrequest: (user: string, ids: string) =>
      run(`DELETE FROM requests WHERE username = ?1 AND sha1 IN ${IDS}`, user, ids),
    /** What others want of what this user holds. */
    wanted: (user: string) =>
      ids(
        `SELECT sha1 ${HELD} AND NOT withdrawn AND EXISTS (SELECT 1 FROM requests r
          WHERE r.sha1 = films.sha1 AND r.username <> holders.username) ORDER BY sha1`,
        user,
      ),
    withdrawn: (user: string) => ids(`SELECT sha1 ${HELD} AND withdrawn ORDER BY sha1`, user),
  };
}
