/** The person's lists of addresses that nothing is exchanged with, each by its name. */

import type { Events } from '../core/events.ts';
import type { AddressLists } from '../core/preferences.ts';
import type { Database } from './database.ts';
import { bytes, number, text } from './rows.ts';

export function createAddressLists(database: Database, events: Pick<Events, 'emit'>): AddressLists {
  const list = database.prepare('SELECT name, ranges FROM blocked_list ORDER BY name');
  const all = database.prepare('SELECT v4, v6 FROM blocked_list WHERE ?1 IS NULL OR name = ?1');
  const put = database.prepare('INSERT OR REPLACE INTO blocked_list (name, ranges, v4, v6) VALUES (?, ?, ?, ?)');
  const remove = database.prepare('DELETE FROM blocked_list WHERE name = ?');
  return {
    list: () => list.all().map(row => ({ name: text(row.name), ranges: number(row.ranges) })),
    all: name =>
      all.all(name ?? null).map(row => {
        const v4 = new Uint32Array(Uint8Array.from(bytes(row.v4)).buffer);
        return {
          v4,
          v6: text(row.v6)
            .split(' ')
            .filter(each => each !== ''),
        };
      }),
    put(name, { v4, v6 }) {
      put.run(name, (v4.length + v6.length) / 2, new Uint8Array(v4.buffer, v4.byteOffset, v4.byteLength), v6.join(' '));
      events.emit('addresses.changed', {});
    },
    remove(name) {
      const isGone = remove.run(name).changes > 0;
      if (isGone) events.emit('addresses.changed', {});
      return isGone;
    },
  };
}
