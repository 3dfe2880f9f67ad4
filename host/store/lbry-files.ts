/** Files that LBRY's callers asked for, until they delete them. */

import type { FileRecord, FileStore } from '../core/lbry-files.ts';
import type { Database } from './database.ts';
import { jsonOrNull, number, type Row, sourceKind, text, textOrNull } from './rows.ts';

export function createFileStore(database: Database): FileStore {
  const put = database.prepare(
    `INSERT INTO lbry_file (kind, hash, claim, folder, file_name, play_name, both, added_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (hash) DO UPDATE SET claim = coalesce(excluded.claim, claim), folder = excluded.folder,
       file_name = excluded.file_name,
       play_name = coalesce(play_name, excluded.play_name), both = max(both, excluded.both)
     RETURNING *`,
  );
  const all = database.prepare('SELECT * FROM lbry_file ORDER BY row');
  const setTwin = database.prepare('UPDATE lbry_file SET twin = ? WHERE row = ?');
  const remove = database.prepare('DELETE FROM lbry_file WHERE row = ?');
  return {
    put({ kind, hash, claim, folder, fileName, playName, both, addedAt }) {
      const row = put.get(
        kind,
        hash,
        claim && JSON.stringify(claim),
        folder,
        fileName,
        playName,
        Number(both),
        addedAt,
      );
      if (!row) throw new Error('a row that was put is not there');
      return recordOf(row);
    },
    setTwin(row, twin) {
      setTwin.run(twin, row);
    },
    list: () => all.all().map(recordOf),
    remove(row) {
      remove.run(row);
    },
  };
}

function recordOf(row: Row): FileRecord {
  return {
    row: number(row.row),
    kind: sourceKind(row.kind),
    hash: text(row.hash),
    claim: jsonOrNull(row.claim),
    folder: text(row.folder),
    fileName: textOrNull(row.file_name),
    playName: textOrNull(row.play_name),
    both: number(row.both) === 1,
    twin: textOrNull(row.twin),
    addedAt: number(row.added_at),
  };
}
