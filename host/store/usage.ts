/** How many bytes moved on whose account: of each site by month, and of each download since it was verified. */

import type { Usage } from '../core/preferences.ts';
import { type Database, transaction } from './database.ts';
import { number, type Row } from './rows.ts';

export function createUsage(database: Database): Usage {
  const add = database.prepare(
    `INSERT INTO usage (origin, month, down, up) VALUES (?, ?, ?, ?)
     ON CONFLICT DO UPDATE SET down = down + excluded.down, up = up + excluded.up`,
  );
  const of = database.prepare('SELECT down, up FROM usage WHERE origin = ? AND month = ?');
  const total = database.prepare('SELECT total(down) AS down, total(up) AS up FROM usage WHERE origin = ?');
  const remove = database.prepare('DELETE FROM usage WHERE origin = ?');
  const served = database.prepare('SELECT bytes FROM served WHERE id = ?');
  const addServed = database.prepare(
    'INSERT INTO served (id, bytes) VALUES (?, ?) ON CONFLICT DO UPDATE SET bytes = bytes + excluded.bytes',
  );
  return {
    add(month, sites, downloads) {
      transaction(database, () => {
        for (const [origin, { down, up }] of sites) add.run(origin, month, down, up);
        for (const [id, bytes] of downloads) addServed.run(id, bytes);
      });
    },
    of: (origin, month) => amounts(of.get(origin, month)),
    total: origin => amounts(total.get(origin)),
    remove(origin) {
      remove.run(origin);
    },
    served: id => number(served.get(id)?.bytes ?? 0),
  };
}

function amounts(row: Row | undefined): { down: number; up: number } {
  return { down: number(row?.down ?? 0), up: number(row?.up ?? 0) };
}
