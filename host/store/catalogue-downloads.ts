/** Files that were downloaded and verified; they lie in the daemon's own folder, not in one of the user's. */

import type { Catalogue, DownloadRow } from '../core/stored.ts';
import type { Contents } from './catalogue-contents.ts';
import { type Database, transaction } from './database.ts';
import { id as idOf, infoHash, number, type Row, stamp, text } from './rows.ts';

type Downloads = Pick<Catalogue, 'recordDownload' | 'download' | 'downloads' | 'removeDownload'>;

export function createDownloads(database: Database, contents: Contents): Downloads {
  const put = database.prepare(
    `INSERT OR REPLACE INTO download (id, path, inode, size, mtime_ns, ctime_ns, extension, info_hash, verified_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const select = database.prepare('SELECT * FROM download WHERE id = ?');
  const all = database.prepare('SELECT * FROM download ORDER BY verified_at, id');
  const remove = database.prepare('DELETE FROM download WHERE id = ?');
  const removeServed = database.prepare('DELETE FROM served WHERE id = ?');
  return {
    recordDownload({ id, path, stamp, size, extension, infoHash, verifiedAt }) {
      put.run(id, path, stamp.inode, size, stamp.mtimeNs, stamp.ctimeNs, extension, infoHash, verifiedAt);
    },
    download(id) {
      const row = select.get(id);
      return row && downloadOf(row);
    },
    downloads: () => all.all().map(downloadOf),
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
    infoHash: infoHash(row.info_hash),
    verifiedAt: number(row.verified_at),
  };
}
