/** Files that were downloaded and verified; they lie in the daemon's own folder, not in one of the user's. */

import type { Catalogue, DownloadRow } from '../core/stored.ts';
import type { Contents } from './catalogue-contents.ts';
import { type Database, transaction } from './database.ts';
import { id as idOf, infoHash, number, type Row, stamp, text, textOrNull } from './rows.ts';

type Downloads = Pick<
  Catalogue,
  'recordDownload' | 'download' | 'downloads' | 'leastChecked' | 'markChecked' | 'removeDownload'
>;

export function createDownloads(database: Database, contents: Contents): Downloads {
  const put = database.prepare(
    `INSERT OR REPLACE INTO download (id, path, inode, size, mtime_ns, ctime_ns, extension, sha256, info_hash,
       verified_at, checked_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const select = database.prepare('SELECT * FROM download WHERE id = ?');
  const all = database.prepare('SELECT * FROM download ORDER BY verified_at, id');
  const unchecked = database.prepare('SELECT * FROM download WHERE checked_at < ? ORDER BY checked_at, id');
  const markChecked = database.prepare('UPDATE download SET checked_at = ? WHERE id = ?');
  const remove = database.prepare('DELETE FROM download WHERE id = ?');
  const removeServed = database.prepare('DELETE FROM served WHERE id = ?');
  return {
    recordDownload({ id, path, stamp, size, extension, sha256, infoHash, verifiedAt }) {
      const { inode, mtimeNs, ctimeNs } = stamp;
      put.run(id, path, inode, size, mtimeNs, ctimeNs, extension, sha256, infoHash, verifiedAt, verifiedAt);
    },
    download(id) {
      const row = select.get(id);
      return row && downloadOf(row);
    },
    downloads: () => all.all().map(downloadOf),
    leastChecked: before => unchecked.all(before).map(downloadOf),
    markChecked(id, at) {
      markChecked.run(at, id);
    },
    removeDownload(id) {
      transaction(database, () => {
        remove.run(id);
        removeServed.run(id);
        contents.dropUnheld(id);
      });
    },
  };
}

function downloadOf(row: Row): DownloadRow {
  return {
    id: idOf(row.id),
    path: text(row.path),
    stamp: stamp(row),
    size: number(row.size),
    extension: text(row.extension),
    sha256: textOrNull(row.sha256),
    infoHash: infoHash(row.info_hash),
    verifiedAt: number(row.verified_at),
  };
}
