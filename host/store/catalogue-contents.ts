/** What is held, by id, and the torrents that describe it. Rows live as long as any path or download holds the id. */

import type { Id, InfoHash } from '../../shared/id.ts';
import { isCanonicalInfo } from '../core/canonical.ts';
import type { Catalogue, TorrentRow } from '../core/stored.ts';
import { req2Digest } from '../platform/req2.ts';
import type { Database } from './database.ts';
import { createMemo } from './memo.ts';
import { bytes, id as idOf, infoHash as infoHashOf, number, type Row, stamp, text } from './rows.ts';

type Held = Pick<
  Catalogue,
  'held' | 'pathsOf' | 'heldCount' | 'recordTorrent' | 'torrent' | 'torrentsOf' | 'byReq2' | 'isPublic'
>;

export interface Contents extends Held {
  recordContent(id: Id, canonical: { infoHash: InfoHash; info: Uint8Array }): void;
  /** Forgets its torrents if nothing holds the id any longer. */
  dropUnheld(id: Id): void;
}

export function createContents(database: Database): Contents {
  const paths = database.prepare(
    `SELECT path, inode, size, mtime_ns, ctime_ns, extension, 0 AS download, EXISTS (
       SELECT 1 FROM folder WHERE folder.missing IS NOT NULL AND file.path >= folder.prefix AND file.path < folder.prefix_end
     ) AS missing FROM file WHERE id = ?1
     UNION ALL SELECT path, inode, size, mtime_ns, ctime_ns, extension, 1, 0 FROM download WHERE id = ?1
     ORDER BY missing, download, path`,
  );
  const held = database.prepare(
    'SELECT EXISTS (SELECT 1 FROM file WHERE id = ?1) OR EXISTS (SELECT 1 FROM download WHERE id = ?1) AS held',
  );
  const count = database.prepare(
    `SELECT (SELECT count(DISTINCT id) FROM file)
       + (SELECT count(*) FROM download WHERE NOT EXISTS (SELECT 1 FROM file WHERE file.id = download.id)) AS held`,
  );
  const putTorrent = database.prepare(
    'INSERT OR REPLACE INTO torrent (info_hash, id, req2, file_index, canonical, info) VALUES (?, ?, ?, ?, ?, ?)',
  );
  const dropTorrents = database.prepare('DELETE FROM torrent WHERE id = ?');
  const torrent = database.prepare('SELECT * FROM torrent WHERE info_hash = ? ORDER BY id LIMIT 1');
  const torrents = database.prepare('SELECT * FROM torrent WHERE id = ? ORDER BY canonical DESC, info_hash');
  const firstHash = database.prepare('SELECT info_hash FROM torrent WHERE id = ? ORDER BY canonical DESC, info_hash');
  const byReq2 = database.prepare('SELECT info_hash FROM torrent WHERE req2 = ?');
  const isPublic = database.prepare(
    `SELECT 1 FROM file JOIN folder ON file.path >= folder.prefix AND file.path < folder.prefix_end
     WHERE file.id = ? AND folder.everyone AND folder.missing IS NULL AND (folder.all_types OR file.media) LIMIT 1`,
  );

  const counted = createMemo(database, () => number(count.get()?.held));

  return {
    held(id) {
      const rows = paths.all(id);
      const hash = firstHash.get(id);
      if (rows.length === 0 || !hash) return undefined;
      const extensions = rows.map(row => text(row.extension)).filter(extension => extension !== '');
      return {
        id,
        size: number(rows[0]!.size),
        extension: extensions.sort()[0] ?? '',
        infoHash: infoHashOf(hash.info_hash),
      };
    },
    pathsOf: id =>
      paths.all(id).map(row => ({
        path: text(row.path),
        stamp: stamp(row),
        download: row.download === 1,
        missing: row.missing === 1,
      })),
    heldCount: () => counted(''),
    recordContent(id, { infoHash, info }) {
      putTorrent.run(infoHash, id, req2Digest(infoHash), 0, 1, info);
    },
    dropUnheld(id) {
      if (held.get(id)?.held === 1) return;
      dropTorrents.run(id);
    },
    recordTorrent({ infoHash, id, info, fileIndex }) {
      putTorrent.run(infoHash, id, req2Digest(infoHash), fileIndex, Number(isCanonicalInfo(info, id)), info);
    },
    torrent(infoHash) {
      const row = torrent.get(infoHash);
      return row && torrentOf(row);
    },
    torrentsOf: id => torrents.all(id).map(torrentOf),
    byReq2(digest) {
      const row = byReq2.get(digest);
      return row && infoHashOf(row.info_hash);
    },
    isPublic: id => isPublic.get(id) !== undefined,
  };
}

function torrentOf(row: Row): TorrentRow {
  return {
    infoHash: infoHashOf(row.info_hash),
    id: idOf(row.id),
    info: bytes(row.info),
    fileIndex: number(row.file_index),
  };
}
