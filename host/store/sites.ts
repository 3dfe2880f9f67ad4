/** Grants, and what each site was told: ids reported, metadata sent, ids that it withdrew. */

import type { Id } from '../../shared/id.ts';
import type { Reach } from '../../shared/site-methods.ts';
import type { SiteRow, SiteStore } from '../core/stored.ts';
import { type Database, transaction } from './database.ts';
import { id as idOf, number, numberOrNull, type Row, text, textOrNull } from './rows.ts';

/** Ids read at once, as in catalogue-shared.ts. */
const PAGE = 200;

export function createSiteStore(database: Database): SiteStore {
  const put = database.prepare(
    `INSERT OR REPLACE INTO site
       (origin, url, reach, lan, stun, download, quota, expires_at, added_at, last_used_at, username, cookies)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const get = database.prepare('SELECT * FROM site WHERE origin = ?');
  const list = database.prepare('SELECT * FROM site ORDER BY origin');
  const remove = database.prepare('DELETE FROM site WHERE origin = ?');
  const page = database.prepare(`SELECT id FROM reported WHERE origin = ? AND id > ? ORDER BY id LIMIT ${PAGE}`);
  page.setReturnArrays(true);
  const allWithdrawn = database.prepare('SELECT id FROM withdrawn WHERE origin = ? ORDER BY id');
  const answer = database.prepare('INSERT OR REPLACE INTO own_copy (origin, id, agreed) VALUES (?, ?, ?)');
  const forgetAnswers = database.prepare('DELETE FROM own_copy WHERE origin = ?');
  const asked = database.prepare(
    `SELECT origin, id FROM request WHERE state = 'open'
       AND (EXISTS (SELECT 1 FROM file WHERE file.id = request.id)
         OR EXISTS (SELECT 1 FROM download WHERE download.id = request.id))
       AND NOT EXISTS (SELECT 1 FROM own_copy WHERE own_copy.origin = request.origin AND own_copy.id = request.id)
     ORDER BY added_at, id, origin`,
  );
  const reported = idSet(database, 'reported');
  const described = idSet(database, 'metadata_sent');
  const withdrawn = idSet(database, 'withdrawn');

  return {
    put(row) {
      const { origin, url, reach, quota, expiresAt, addedAt, lastUsedAt, username } = row;
      const [lan, stun, download] = [row.lan, row.stun, row.download].map(Number);
      const cookies = row.cookies && JSON.stringify(row.cookies);
      put.run(origin, url, reach, lan!, stun!, download!, quota, expiresAt, addedAt, lastUsedAt, username, cookies);
    },
    get(origin) {
      const row = get.get(origin);
      return row && siteOf(row);
    },
    list: () => list.all().map(siteOf),
    remove(origin) {
      remove.run(origin);
    },
    *reportedIds(origin) {
      let ids: Id[] = [];
      let after = '';
      do {
        ids = page.all(origin, after).map(row => idOf(row[0]));
        yield* ids;
        after = ids.at(-1) ?? after;
      } while (ids.length === PAGE);
    },
    wasReported: reported.has,
    markReported: reported.add,
    unmarkReported(origin, ids) {
      const all = [...ids];
      transaction(database, () => {
        reported.remove(origin, all);
        described.remove(origin, all);
      });
    },
    metadataSent: described.has,
    markMetadataSent: described.add,
    withdraw: withdrawn.add,
    isWithdrawn: withdrawn.has,
    answerOwnCopy(origin, ids, agreed) {
      transaction(database, () => {
        for (const id of ids) answer.run(origin, id, Number(agreed));
      });
    },
    ownCopyAsked: () => asked.all().map(row => ({ origin: text(row.origin), id: idOf(row.id) })),
    forgetOwnCopies(origin) {
      forgetAnswers.run(origin);
    },
    withdrawnIds: origin => allWithdrawn.all(origin).map(row => idOf(row.id)),
  };
}

/** One of the tables that hold pairs of origin and id. */
function idSet(database: Database, table: 'reported' | 'metadata_sent' | 'withdrawn') {
  const has = database.prepare(`SELECT 1 FROM ${table} WHERE origin = ? AND id = ?`);
  const add = database.prepare(`INSERT OR IGNORE INTO ${table} (origin, id) VALUES (?, ?)`);
  const remove = database.prepare(`DELETE FROM ${table} WHERE origin = ? AND id = ?`);
  return {
    has: (origin: string, id: Id) => has.get(origin, id) !== undefined,
    add(origin: string, ids: Iterable<Id>) {
      transaction(database, () => {
        for (const id of ids) add.run(origin, id);
      });
    },
    remove(origin: string, ids: Iterable<Id>) {
      transaction(database, () => {
        for (const id of ids) remove.run(origin, id);
      });
    },
  };
}

function siteOf(row: Row): SiteRow {
  return {
    origin: text(row.origin),
    url: text(row.url),
    reach: reachOf(text(row.reach)),
    lan: row.lan === 1,
    stun: row.stun === 1,
    download: row.download === 1,
    quota: numberOrNull(row.quota),
    expiresAt: numberOrNull(row.expires_at),
    addedAt: number(row.added_at),
    lastUsedAt: numberOrNull(row.last_used_at),
    username: textOrNull(row.username),
    cookies: row.cookies === null ? null : (JSON.parse(text(row.cookies)) as string[]),
  };
}

/** What is not known is the narrower one. */
function reachOf(value: string): Reach {
  return value === 'public' ? 'public' : 'site';
}
