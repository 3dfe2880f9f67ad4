/** The folders that the user shares, and with whom. */

import { sep } from 'node:path';
import type { MissingBecause } from '../../shared/grants.ts';
import type { Catalogue, FolderRow } from '../core/stored.ts';
import { type Database, transaction } from './database.ts';
import { createMemo } from './memo.ts';
import { number, numberOrNull, type Row, text, textOrNull } from './rows.ts';

type Folders = Pick<
  Catalogue,
  | 'addFolder'
  | 'updateFolder'
  | 'removeFolder'
  | 'folders'
  | 'sitesOfFolder'
  | 'foldersOfSite'
  | 'setFoldersOfSite'
  | 'shareFolder'
  | 'folderTotals'
>;

/** Every path in `directory` is, as bytes, at or after `start` and before `end`. */
export function rangeOf(directory: string): { start: string; end: string } {
  const start = directory.endsWith(sep) ? directory : directory + sep;
  return { start, end: start.slice(0, -1) + String.fromCharCode(sep.charCodeAt(0) + 1) };
}

export function createFolders(database: Database): Folders {
  const insert = database.prepare(
    'INSERT INTO folder (path, prefix, prefix_end, all_types, everyone, added_at) VALUES (?, ?, ?, ?, ?, ?) RETURNING *',
  );
  const select = database.prepare('SELECT * FROM folder ORDER BY path');
  const selectOne = database.prepare('SELECT * FROM folder WHERE id = ?');
  const update = database.prepare(
    'UPDATE folder SET all_types = ?, everyone = ?, identity = ?, missing = ?, scanned_at = ? WHERE id = ?',
  );
  const remove = database.prepare('DELETE FROM folder WHERE id = ?');
  const sites = database.prepare('SELECT origin FROM folder_site WHERE folder = ? ORDER BY origin');
  const ofSite = database.prepare('SELECT folder FROM folder_site WHERE origin = ? ORDER BY folder');
  const unshare = database.prepare('DELETE FROM folder_site WHERE origin = ?');
  const share = database.prepare('INSERT OR IGNORE INTO folder_site (folder, origin) VALUES (?, ?)');
  const totals = database.prepare(
    `SELECT count(*) AS files, coalesce(sum(file.size), 0) AS size
     FROM folder JOIN file ON file.path >= folder.prefix AND file.path < folder.prefix_end WHERE folder.id = ?`,
  );

  const totalsOf = createMemo(database, id => {
    const row = totals.get(Number(id));
    return { files: number(row?.files), size: number(row?.size) };
  });

  return {
    addFolder(path, { all, everyone, addedAt }) {
      const { start, end } = rangeOf(path);
      return folderOf(insert.get(path, start, end, Number(all), Number(everyone), addedAt)!);
    },
    updateFolder(id, change) {
      const row = selectOne.get(id);
      if (!row) return;
      const { all, everyone, identity, missing, scannedAt } = { ...folderOf(row), ...change };
      update.run(Number(all), Number(everyone), identity, missing && JSON.stringify(missing), scannedAt, id);
    },
    removeFolder: id => void remove.run(id),
    folders: () => select.all().map(folderOf),
    sitesOfFolder: id => sites.all(id).map(row => text(row.origin)),
    foldersOfSite: origin => ofSite.all(origin).map(row => number(row.folder)),
    setFoldersOfSite(origin, folders) {
      transaction(database, () => {
        unshare.run(origin);
        for (const folder of folders) share.run(folder, origin);
      });
    },
    shareFolder: (id, origin) => void share.run(id, origin),
    folderTotals: id => totalsOf(String(id)),
  };
}

export function folderOf(row: Row): FolderRow {
  return {
    id: number(row.id),
    path: text(row.path),
    all: row.all_types === 1,
    everyone: row.everyone === 1,
    identity: textOrNull(row.identity),
    missing: row.missing === null ? null : (JSON.parse(text(row.missing)) as MissingBecause),
    scannedAt: numberOrNull(row.scanned_at),
  };
}
