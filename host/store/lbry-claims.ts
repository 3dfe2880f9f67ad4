/** Claims that were published or imported here, by their normalised names. */

import type { ClaimRecord, ClaimStore } from '../core/lbry-claims.ts';
import type { Database } from './database.ts';
import { bytes, number, type Row, text } from './rows.ts';

const NONE = '';

export function createClaimStore(database: Database): ClaimStore {
  // The new one has the highest number, whether there was one before or not.
  const put = database.prepare(
    'INSERT OR REPLACE INTO lbry_claim (key, name, claim_id, value, raw_transaction, output) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const named = database.prepare('SELECT * FROM lbry_claim WHERE key = ? ORDER BY number DESC');
  const withId = database.prepare('SELECT * FROM lbry_claim WHERE claim_id = ? ORDER BY number DESC LIMIT 1');
  const all = database.prepare('SELECT * FROM lbry_claim ORDER BY number');
  const remove = database.prepare('DELETE FROM lbry_claim WHERE key = ? AND claim_id = ?');
  return {
    put(key, { name, claimId, value, place }) {
      put.run(key, name, claimId ?? NONE, value, place?.transaction ?? null, place?.output ?? null);
    },
    named: key => named.all(key).map(recordOf),
    withId(claimId) {
      const row = claimId === NONE ? undefined : withId.get(claimId);
      return row && recordOf(row);
    },
    list: () => all.all().map(recordOf),
    remove: (key, claimId) => remove.run(key, claimId ?? NONE).changes > 0,
  };
}

function recordOf(row: Row): ClaimRecord {
  const claimId = text(row.claim_id);
  const isPlaced = row.raw_transaction !== null;
  return {
    name: text(row.name),
    claimId: claimId === NONE ? null : claimId,
    value: bytes(row.value),
    place: isPlaced ? { transaction: bytes(row.raw_transaction), output: number(row.output) } : null,
  };
}
