/** Files whose bytes changed on the disk though nobody wrote to them. They are not held, and so in no look-up of what is. */

import type { Catalogue, RottenFile } from '../core/stored.ts';
import { fileOf } from './catalogue-files.ts';
import { type Database, transaction } from './database.ts';
import { number, type Row } from './rows.ts';

type Rot = Pick<Catalogue, 'recordRot' | 'rotten' | 'rottenLike' | 'rottenFiles' | 'forgetRot'>;

export function createRot(database: Database, forgetFile: Catalogue['forgetFile']): Rot {
  const put = database.prepare(
    `INSERT INTO rotten (path, id, extension, media, inode, size, mtime_ns, ctime_ns, verified_at, found_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT (path) DO UPDATE SET id = excluded.id, extension = excluded.extension, media = excluded.media,
       inode = excluded.inode, size = excluded.size, mtime_ns = excluded.mtime_ns, ctime_ns = excluded.ctime_ns`,
  );
  const one = database.prepare('SELECT * FROM rotten WHERE path = ?');
  const like = database.prepare('SELECT * FROM rotten WHERE inode = ? AND size = ? AND mtime_ns = ? LIMIT 1');
  const all = database.prepare('SELECT * FROM rotten ORDER BY path');
  const remove = database.prepare('DELETE FROM rotten WHERE path = ?');
  return {
    recordRot({ path, id, extension, media, stamp, verifiedAt }, foundAt) {
      const { inode, size, mtimeNs, ctimeNs } = stamp;
      transaction(database, () => {
        put.run(path, id, extension, Number(media), inode, size, mtimeNs, ctimeNs, verifiedAt, foundAt);
        forgetFile(path);
      });
    },
    rotten(path) {
      const row = one.get(path);
      return row && rottenOf(row);
    },
    rottenLike({ inode, size, mtimeNs }) {
      const row = like.get(inode, size, mtimeNs);
      return row && rottenOf(row);
    },
    rottenFiles: () => all.all().map(rottenOf),
    forgetRot: path => void remove.run(path),
  };
}

function rottenOf(row: Row): RottenFile {
  return { ...fileOf(row), foundAt: number(row.found_at) };
}
