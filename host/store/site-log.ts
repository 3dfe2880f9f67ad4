/** What happened between this home and each site: so many entries a site, the oldest of which make room. */

import { DEEDS, type SiteLogEntry } from '../../shared/grants.ts';
import type { SiteLogStore } from '../core/stored.ts';
import { type Database, transaction } from './database.ts';
import { number, type Row, text, textOrNull } from './rows.ts';

/** A page that calls all day long makes an entry every few seconds at most; this is about a month of a busy site. */
const MAX_ENTRIES = 1000;

export function createSiteLogStore(database: Database, maxEntries = MAX_ENTRIES): SiteLogStore {
  const insert = database.prepare(
    'INSERT INTO site_log (origin, at, deed, times, amounts, code) VALUES (?, ?, ?, ?, ?, ?) RETURNING number',
  );
  const update = database.prepare('UPDATE site_log SET at = ?, times = ?, amounts = ? WHERE number = ?');
  const trim = database.prepare(
    `DELETE FROM site_log WHERE origin = ?1 AND number <=
       (SELECT number FROM site_log WHERE origin = ?1 ORDER BY number DESC LIMIT 1 OFFSET ?2)`,
  );
  const page = database.prepare('SELECT * FROM site_log WHERE origin = ? AND number < ? ORDER BY number DESC LIMIT ?');
  const remove = database.prepare('DELETE FROM site_log WHERE origin = ?');
  return {
    put(origin, { at, deed, times, amounts, code }, known) {
      const json = JSON.stringify(amounts);
      if (known !== undefined && update.run(at, times, json, known).changes > 0) return known;
      const made = number(insert.get(origin, at, deed, times, json, code ?? null)?.number);
      trim.run(origin, maxEntries);
      return made;
    },
    page: (origin, before, limit) => page.all(origin, before, limit).map(entryOf),
    remove(origin) {
      remove.run(origin);
    },
    batch: work => transaction(database, work),
  };
}

function entryOf(row: Row): SiteLogEntry & { number: number } {
  const code = textOrNull(row.code);
  return {
    number: number(row.number),
    at: number(row.at),
    deed: DEEDS.find(deed => deed === row.deed) ?? 'configured',
    times: number(row.times),
    amounts: JSON.parse(text(row.amounts)) as SiteLogEntry['amounts'],
    ...(code !== null && { code: code as NonNullable<SiteLogEntry['code']> }),
  };
}
