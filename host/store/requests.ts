/** What sites' visitors asked for: one row an origin and id, kept through its whole life. */

import type { Id, InfoHash } from '../../shared/id.ts';
import type { Reason } from '../../shared/item.ts';
import type { RequestMetadata, RequestRow, RequestStore } from '../core/stored.ts';
import type { Database } from './database.ts';
import { id as idOf, number, type Row, text, textOrNull } from './rows.ts';

export function createRequestStore(database: Database): RequestStore {
  const put = database.prepare(
    `INSERT OR REPLACE INTO request (origin, id, added_at, metadata, told, state, settled, reason)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const get = database.prepare('SELECT * FROM request WHERE origin = ? AND id = ?');
  const ofSite = database.prepare('SELECT * FROM request WHERE origin = ? ORDER BY added_at, id');
  const ofId = database.prepare('SELECT * FROM request WHERE id = ? ORDER BY added_at, origin');
  const open = database.prepare(`SELECT * FROM request WHERE state = 'open' ORDER BY added_at, id, origin`);
  const openOf = database.prepare(
    `SELECT * FROM request WHERE origin = ? AND state = 'open' ORDER BY added_at DESC, id`,
  );
  const remove = database.prepare('DELETE FROM request WHERE origin = ? AND id = ?');
  const markTried = database.prepare('INSERT OR IGNORE INTO tried (id, info_hash) VALUES (?, ?)');
  const wasTried = database.prepare('SELECT 1 FROM tried WHERE id = ? AND info_hash = ?');
  return {
    put({ origin, id, addedAt, metadata, told, state, settled, reason }) {
      const json = metadata && JSON.stringify(metadata);
      put.run(origin, id, addedAt, json, Number(told), state, Number(settled), reason);
    },
    get(origin, id) {
      const row = get.get(origin, id);
      return row && requestOf(row);
    },
    ofSite: origin => ofSite.all(origin).map(requestOf),
    ofId: id => ofId.all(id).map(requestOf),
    openOf: origin => openOf.all(origin).map(requestOf),
    open: () => open.all().map(requestOf),
    remove(origin, id) {
      remove.run(origin, id);
    },
    markTried(id: Id, infoHash: InfoHash) {
      markTried.run(id, infoHash);
    },
    wasTried: (id, infoHash) => wasTried.get(id, infoHash) !== undefined,
  };
}

/** Only `put` above writes these columns, so they hold what its types say. */
function requestOf(row: Row): RequestRow {
  const metadata = textOrNull(row.metadata);
  return {
    origin: text(row.origin),
    id: idOf(row.id),
    addedAt: number(row.added_at),
    metadata: metadata === null ? null : (JSON.parse(metadata) as RequestMetadata),
    told: row.told === 1,
    state: text(row.state) as RequestRow['state'],
    settled: row.settled === 1,
    reason: textOrNull(row.reason) as Reason | null,
  };
}
