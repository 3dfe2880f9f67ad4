/** What this home's node of LBRY's hash table is called, whom it met, what it announced when, and what it uploaded. */

import type { LbryStore } from '../core/lbry-store.ts';
import { type Database, transaction } from './database.ts';
import { number, numberOrNull, text } from './rows.ts';

const NODE_ID = 'lbry-node-id';

/** As lbry-sdk announces: of each stream its descriptor and its first blob. And keys of applications, at ports of their own. */
const KEYS = `SELECT key FROM lbry_key
  UNION SELECT sd_hash AS key FROM lbry_stream WHERE complete AND NOT stopped AND NOT ended
  UNION SELECT lower(hex(hash)) FROM lbry_blob JOIN lbry_stream ON lbry_stream.number = stream
  WHERE lbry_blob.number = 0 AND complete AND NOT stopped AND NOT ended`;

type LbryNodeStore = Pick<
  LbryStore,
  | ('nodeId' | 'setNodeId' | 'contacts' | 'setContacts')
  | ('dueAnnounces' | 'countAnnounces' | 'announced' | 'ownKeys' | 'setOwnKey' | 'removeOwnKey')
  | ('reflected' | 'setReflected')
>;

export function createLbryNodeStore(database: Database): LbryNodeStore {
  const setting = database.prepare('SELECT value FROM setting WHERE key = ?');
  const set = database.prepare('INSERT OR REPLACE INTO setting (key, value) VALUES (?, ?)');
  const contacts = database.prepare('SELECT node_id, address, udp_port FROM lbry_contact');
  const clear = database.prepare('DELETE FROM lbry_contact');
  const addContact = database.prepare(
    'INSERT OR REPLACE INTO lbry_contact (node_id, address, udp_port) VALUES (?, ?, ?)',
  );
  const due = database.prepare(
    `SELECT key, port FROM (${KEYS}) LEFT JOIN lbry_announce USING (key) LEFT JOIN lbry_key USING (key)
     WHERE coalesce(at, 0) < ? ORDER BY at LIMIT ?`,
  );
  const count = database.prepare(
    `SELECT count(*) AS count, total(coalesce(at, 0) >= ?) AS announced FROM (${KEYS}) LEFT JOIN lbry_announce USING (key)`,
  );
  const ownKeys = database.prepare(
    'SELECT key, port, added_at, at FROM lbry_key LEFT JOIN lbry_announce USING (key) ORDER BY lbry_key.rowid',
  );
  const setKey = database.prepare(
    'INSERT INTO lbry_key (key, port, added_at) VALUES (?, ?, ?) ON CONFLICT (key) DO UPDATE SET port = excluded.port',
  );
  const removeKey = database.prepare('DELETE FROM lbry_key WHERE key = ?');
  const forget = database.prepare('DELETE FROM lbry_announce WHERE key = ?');
  const reflected = database.prepare('SELECT sd_hash FROM lbry_reflected');
  const setReflected = database.prepare(
    'INSERT OR IGNORE INTO lbry_reflected (sd_hash) SELECT sd_hash FROM lbry_stream WHERE sd_hash = ?',
  );
  const announced = database.prepare('INSERT OR REPLACE INTO lbry_announce (key, at) VALUES (?, ?)');
  return {
    nodeId() {
      const row = setting.get(NODE_ID);
      return row && text(row.value);
    },
    setNodeId(nodeId) {
      set.run(NODE_ID, nodeId);
    },
    contacts: () =>
      contacts
        .all()
        .map(row => ({ nodeId: text(row.node_id), address: text(row.address), udpPort: number(row.udp_port) })),
    setContacts(all) {
      transaction(database, () => {
        clear.run();
        for (const { nodeId, address, udpPort } of all) addContact.run(nodeId, address, udpPort);
      });
    },
    dueAnnounces: (since, most) =>
      due.all(since, most).map(row => ({ key: text(row.key), port: numberOrNull(row.port) })),
    countAnnounces(since) {
      const row = count.get(since);
      const announced = number(row?.announced ?? 0);
      return { announced, due: number(row?.count ?? 0) - announced };
    },
    announced(key, at) {
      announced.run(key, at);
    },
    reflected: () => reflected.all().map(row => text(row.sd_hash)),
    setReflected(sdHash) {
      setReflected.run(sdHash);
    },
    ownKeys: () =>
      ownKeys.all().map(row => ({
        key: text(row.key),
        port: numberOrNull(row.port),
        addedAt: number(row.added_at),
        announcedAt: numberOrNull(row.at),
      })),
    setOwnKey({ key, port, addedAt }) {
      setKey.run(key, port, addedAt);
    },
    removeOwnKey(key) {
      // Should it be a stream's, too, that is announced anew: at the port of the blobs.
      forget.run(key);
      return removeKey.run(key).changes > 0;
    },
  };
}
