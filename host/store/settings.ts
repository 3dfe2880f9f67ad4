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
export function createBlocklist(database: Database, events?: Pick<Events, 'emit'>): Blocklist {
  const has = database.prepare(
    `SELECT 1 FROM blocked WHERE hash = ?1
     UNION ALL SELECT 1 FROM torrent JOIN blocked ON blocked.hash = torrent.info_hash WHERE torrent.id = ?1
     UNION ALL SELECT 1 FROM torrent JOIN blocked ON blocked.hash = torrent.id WHERE torrent.info_hash = ?1 LIMIT 1`,
  );
  const add = database.prepare('INSERT OR IGNORE INTO blocked (hash) VALUES (?)');
  const remove = database.prepare('DELETE FROM blocked WHERE hash = ?');
  const list = database.prepare('SELECT hash FROM blocked ORDER BY hash');
  return {
    has: whileUnchanged(createVersion(database), hash => has.get(hash) !== undefined),
    add(hash) {
      add.run(hash);
      events?.emit('blocklist.changed', { hash });
    },
    remove(hash) {
      remove.run(hash);
      events?.emit('blocklist.changed', { hash });
    },
    list: () => list.all().map(row => text(row.hash)),
  };
}
