/** Small values by name, and the person's own list of what is neither fetched nor served. */

import type { Events } from '../core/events.ts';
import type { Blocklist, Settings } from '../core/preferences.ts';
import { whileUnchanged } from '../core/unchanged.ts';
import type { Database } from './database.ts';
import { text } from './rows.ts';
import { createVersion } from './version.ts';

export function createSettings(database: Database): Settings {
  const get = database.prepare('SELECT value FROM setting WHERE key = ?');
  const set = database.prepare('INSERT OR REPLACE INTO setting (key, value) VALUES (?, ?)');
  const remove = database.prepare('DELETE FROM setting WHERE key = ?');
  return {
    get(key) {
      const row = get.get(key);
      return row && text(row.value);
    },
    set(key, value) {
      set.run(key, value);
    },
    remove(key) {
      remove.run(key);
    },
  };
}

/**
 * Hashes are ids or info hashes; they share one list because a person cannot tell which one they were given. Of what is held
 * either name stands for the bytes: who blocks one of them has blocked the id and all its info hashes.
 */
export function createBlocklist(
  database: Database,
  events?: Pick<Events, 'emit'>,
  first: readonly string[] = [],
): Blocklist {
  const has = database.prepare('SELECT 1 FROM blocked WHERE hash = ?');
  const otherNames = database.prepare(
    `SELECT info_hash AS hash FROM torrent WHERE id = ?1
     UNION ALL SELECT id FROM torrent WHERE info_hash = ?1`,
  );
  const add = database.prepare('INSERT OR IGNORE INTO blocked (hash) VALUES (?)');
  const remove = database.prepare('DELETE FROM blocked WHERE hash = ?');
  const list = database.prepare('SELECT hash FROM blocked');
  /** config.json is read at each start: the database does not have them */
  let configured: ReadonlySet<string> = new Set(first);
  let timesConfigured = 0;
  const version = createVersion(database);

  const isListed = (hash: string) => configured.has(hash) || has.get(hash) !== undefined;
  const namesOf = (hash: string) => [hash, ...otherNames.all(hash).map(row => text(row.hash))];
  return {
    has: whileUnchanged(
      () => version() + timesConfigured,
      hash => namesOf(hash).some(isListed),
    ),
    add(hash) {
      add.run(hash);
      events?.emit('blocklist.changed', { hash });
    },
    remove(hash) {
      remove.run(hash);
      events?.emit('blocklist.changed', { hash });
    },
    list: () => [...new Set([...configured, ...list.all().map(row => text(row.hash))])].sort(),
    isConfigured: hash => configured.has(hash),
    configure(hashes) {
      const [before, now] = [configured, new Set(hashes)];
      const ofOne = [...before, ...now].filter(hash => before.has(hash) !== now.has(hash));
      const changed = ofOne.filter(hash => has.get(hash) === undefined);
      configured = now;
      timesConfigured++;
      for (const hash of changed) events?.emit('blocklist.changed', { hash });
    },
  };
}
