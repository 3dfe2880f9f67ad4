/** What sites' visitors asked for: one row an origin and id, kept through its whole life. */

import type { Id, InfoHash } from '../../shared/id.ts';
import type { Reason } from '../../shared/item.ts';
import type { RequestMetadata, RequestPlaces, RequestRow, RequestStore } from '../core/stored.ts';
import { type Database, transaction } from './database.ts';
import { id as idOf, infoHash as infoHashOf, number, numberOrNull, type Row, text, textOrNull } from './rows.ts';

const NOT_DESCRIBED: RequestMetadata = { infoHash: null, size: null, extension: '', sha256: null };
const NOWHERE: RequestPlaces = { trackers: [], webseeds: [], peers: [] };
/** as a LIMIT: none */
const ALL = -1;

export function createRequestStore(database: Database): RequestStore {
  const put = database.prepare(
    `INSERT OR REPLACE INTO request
       (origin, id, added_at, described, info_hash, size, extension, sha256, told, state, settled, learned_size, refuted,
        reason)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const get = database.prepare('SELECT * FROM request WHERE origin = ? AND id = ?');
  const describe = database.prepare(
    `UPDATE request SET described = 1, info_hash = ?1, size = ?2, extension = ?3, sha256 = ?4, told = 1,
       learned_size = CASE WHEN info_hash IS ?1 THEN learned_size END,
       refuted = refuted AND info_hash IS ?1 AND size IS ?2 AND sha256 IS ?4
     WHERE origin = ?5 AND id = ?6`,
  );
  const setReason = database.prepare(`UPDATE request SET reason = ? WHERE origin = ? AND id = ? AND state = 'open'`);
  const learnSize = database.prepare(
    `UPDATE request SET learned_size = ? WHERE id = ? AND info_hash = ? AND state = 'open'
       AND size IS NULL AND learned_size IS NULL RETURNING *`,
  );
  const refute = database.prepare(`UPDATE request SET refuted = 1 WHERE origin = ? AND id = ? AND state = 'open'`);
  const ofSite = database.prepare('SELECT * FROM request WHERE origin = ? ORDER BY added_at, id');
  const ofId = database.prepare('SELECT * FROM request WHERE id = ? ORDER BY added_at, origin');
  const open = database.prepare(`SELECT * FROM request WHERE state = 'open' ORDER BY added_at, id, origin`);
  const openOf = database.prepare(
    `SELECT * FROM request WHERE origin = ? AND state = 'open' ORDER BY added_at DESC, id LIMIT ?`,
  );
  const openCount = database.prepare(`SELECT count(*) AS open FROM request WHERE origin = ? AND state = 'open'`);
  const remove = database.prepare('DELETE FROM request WHERE origin = ? AND id = ?');
  const markTried = database.prepare('INSERT OR IGNORE INTO tried (id, info_hash) VALUES (?, ?)');
  const wasTried = database.prepare('SELECT 1 FROM tried WHERE id = ? AND info_hash = ?');
  const placed = createPlaces(database);

  return {
    places: placed.places,
    torrent: placed.torrent,
    describedBytes: placed.bytes,
    put(row) {
      const { origin, id, addedAt, told, state, settled, learnedSize, refuted, reason } = row;
      const { infoHash, size, extension, sha256 } = row.metadata ?? NOT_DESCRIBED;
      const said = [Number(row.metadata !== null), infoHash, size, extension, sha256];
      transaction(database, () => {
        const known = [state, Number(settled), learnedSize, Number(refuted)];
        put.run(origin, id, addedAt, ...said, Number(told), ...known, reason);
        if (state !== 'open') placed.forget(origin, id);
      });
    },
    get(origin, id) {
      const row = get.get(origin, id);
      return row && requestOf(row);
    },
    setReason(origin, id, reason) {
      setReason.run(reason, origin, id);
    },
    describe(origin, id, { metadata, places, torrent }) {
      const { infoHash, size, extension, sha256 } = metadata;
      transaction(database, () => {
        const { changes } = describe.run(infoHash, size, extension, sha256, origin, id);
        if (changes > 0) placed.put(origin, id, places, torrent);
      });
    },
    learnSize: (id, infoHash, size) => learnSize.all(size, id, infoHash).map(requestOf),
    refute(origin, id) {
      refute.run(origin, id);
    },
    ofSite: origin => ofSite.all(origin).map(requestOf),
    ofId: id => ofId.all(id).map(requestOf),
    openOf: (origin, limit = ALL) => openOf.all(origin, limit).map(requestOf),
    openCount: origin => number(openCount.get(origin)?.open ?? 0),
    open: () => open.all().map(requestOf),
    remove(origin, id) {
      transaction(database, () => {
        remove.run(origin, id);
        placed.forget(origin, id);
      });
    },
    markTried(id: Id, infoHash: InfoHash) {
      markTried.run(id, infoHash);
    },
    wasTried: (id, infoHash) => wasTried.get(id, infoHash) !== undefined,
    batch: work => transaction(database, work),
  };
}

/** Where each file is found, which nobody reads but who begins to fetch it. */
function createPlaces(database: Database) {
  const put = database.prepare(
    'INSERT OR REPLACE INTO request_places (origin, id, bytes, places, torrent) VALUES (?, ?, ?, ?, ?)',
  );
  const places = database.prepare('SELECT places FROM request_places WHERE origin = ? AND id = ?');
  const torrent = database.prepare('SELECT torrent FROM request_places WHERE origin = ? AND id = ?');
  const bytes = database.prepare('SELECT total(bytes) AS bytes FROM request_places WHERE origin = ?');
  const forget = database.prepare('DELETE FROM request_places WHERE origin = ? AND id = ?');
  return {
    put(origin: string, id: Id, where: RequestPlaces, metainfo: Uint8Array | null): void {
      const json = JSON.stringify(where);
      put.run(origin, id, Buffer.byteLength(json) + (metainfo?.length ?? 0), json, metainfo);
    },
    places(origin: string, id: Id): RequestPlaces {
      const row = places.get(origin, id);
      // Only `put` above writes it.
      return row ? (JSON.parse(text(row.places)) as RequestPlaces) : NOWHERE;
    },
    torrent(origin: string, id: Id): Uint8Array | null {
      const found = torrent.get(origin, id)?.torrent;
      return found instanceof Uint8Array ? found : null;
    },
    bytes: (origin: string): number => number(bytes.get(origin)?.bytes ?? 0),
    forget(origin: string, id: Id): void {
      forget.run(origin, id);
    },
  };
}

/** Only `put` above writes these columns, so they hold what its types say. */
function requestOf(row: Row): RequestRow {
  return {
    origin: text(row.origin),
    id: idOf(row.id),
    addedAt: number(row.added_at),
    metadata: row.described === 1 ? metadataOf(row) : null,
    told: row.told === 1,
    state: text(row.state) as RequestRow['state'],
    settled: row.settled === 1,
    learnedSize: numberOrNull(row.learned_size),
    refuted: row.refuted === 1,
    reason: textOrNull(row.reason) as Reason | null,
  };
}

function metadataOf(row: Row): RequestMetadata {
  return {
    infoHash: row.info_hash === null ? null : infoHashOf(row.info_hash),
    size: numberOrNull(row.size),
    extension: text(row.extension),
    sha256: textOrNull(row.sha256),
  };
}
