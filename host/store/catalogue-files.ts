/** The files of folders, by path. A path belongs to every folder that it lies in; no row says so. */

import type { Catalogue, HeldFile } from '../core/stored.ts';
import type { Contents } from './catalogue-contents.ts';
import { rangeOf } from './catalogue-folders.ts';
import { type Database, transaction } from './database.ts';
import { id, number, type Row, stamp, text } from './rows.ts';

type Files = Pick<
  Catalogue,
  | 'file'
  | 'fileByInode'
  | 'knownFiles'
  | 'filesUnder'
  | 'strayFiles'
  | 'recordFile'
  | 'forgetFile'
  | 'leastVerified'
  | 'markVerified'
>;

/** Rows read at once: no statement stays open between them, so others may write meanwhile. */
const PAGE = 1000;
/** behind every path */
const LAST = '\u{10ffff}';

export function createFiles(database: Database, contents: Contents): Files {
  const select = database.prepare('SELECT * FROM file WHERE path = ?');
  const ofInode = 'SELECT * FROM file WHERE inode = ? AND size = ? AND mtime_ns = ? ORDER BY path LIMIT 1';
  const byInode = database.prepare(ofInode);
  const known = database.prepare(`SELECT * FROM file WHERE path = ? UNION ALL SELECT * FROM (${ofInode})`);
  const under = database.prepare(`SELECT * FROM file WHERE path > ? AND path < ? ORDER BY path LIMIT ${PAGE}`);
  const folders = database.prepare('SELECT prefix, prefix_end FROM folder ORDER BY prefix');
  const put = database.prepare(
    `INSERT INTO file (path, id, extension, media, inode, size, mtime_ns, ctime_ns, verified_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (path) DO UPDATE SET id = excluded.id, extension = excluded.extension, media = excluded.media,
       inode = excluded.inode, size = excluded.size, mtime_ns = excluded.mtime_ns, ctime_ns = excluded.ctime_ns,
       verified_at = excluded.verified_at`,
  );
  const leastVerified = database.prepare(
    'SELECT * FROM file WHERE verified_at < ? AND (verified_at, path) > (?, ?) ORDER BY verified_at, path LIMIT 100',
  );
  const markVerified = database.prepare('UPDATE file SET verified_at = ? WHERE path = ?');
  const endRot = database.prepare('DELETE FROM rotten WHERE path = ?');
  const remove = database.prepare('DELETE FROM file WHERE path = ? RETURNING id');

  function write(file: HeldFile): void {
    const before = select.get(file.path);
    const { inode, size, mtimeNs, ctimeNs } = file.stamp;
    put.run(file.path, file.id, file.extension, Number(file.media), inode, size, mtimeNs, ctimeNs, file.verifiedAt);
    endRot.run(file.path);
    if (before && before.id !== file.id) contents.dropUnheld(id(before.id));
  }

  function* between(after: string, end: string): Generator<HeldFile> {
    let rows: Row[] = [];
    let last = after;
    do {
      rows = under.all(last, end);
      for (const row of rows) yield fileOf(row);
      last = rows.length > 0 ? text(rows[rows.length - 1]!.path) : last;
    } while (rows.length === PAGE);
  }

  return {
    file(path) {
      const row = select.get(path);
      return row && fileOf(row);
    },
    fileByInode({ inode, size, mtimeNs }) {
      const row = byInode.get(inode, size, mtimeNs);
      return row && fileOf(row);
    },
    knownFiles(path, { inode, size, mtimeNs }) {
      const files = known.all(path, inode, size, mtimeNs).map(fileOf);
      const here = files.find(file => file.path === path);
      // One that lies here and has these bytes stands there twice.
      return { here, same: here ? files[1] : files[0] };
    },
    filesUnder(directory, after = '') {
      const { start, end } = rangeOf(directory);
      return between(after > start ? after : start, end);
    },
    *strayFiles() {
      let last = '';
      for (const { prefix, prefix_end: end } of folders.all()) {
        yield* between(last, text(prefix));
        if (text(end) > last) last = text(end);
      }
      yield* between(last, LAST);
    },
    recordFile(file, canonical) {
      transaction(database, () => {
        contents.recordContent(file.id, canonical);
        write(file);
      });
    },
    forgetFile(path) {
      transaction(database, () => {
        const row = remove.get(path);
        if (row) contents.dropUnheld(id(row.id));
      });
    },
    *leastVerified(before, since = 0) {
      let last: Pick<HeldFile, 'verifiedAt' | 'path'> | undefined = { verifiedAt: since, path: '' };
      while (last) {
        const files: HeldFile[] = leastVerified.all(before, last.verifiedAt, last.path).map(fileOf);
        yield* files;
        last = files.at(-1);
      }
    },
    markVerified(paths, at) {
      transaction(database, () => {
        for (const path of paths) markVerified.run(at, path);
      });
    },
  };
}

/** A row of `file`, or of `rotten`. */
export function fileOf(row: Row): HeldFile {
  return {
    path: text(row.path),
    stamp: stamp(row),
    id: id(row.id),
    extension: text(row.extension),
    media: row.media === 1,
    verifiedAt: number(row.verified_at),
  };
}
