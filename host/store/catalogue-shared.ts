/** What a site may see: ids of the folders shared with it, of verified downloads that it asked for, and single files by the person's word. */

import { fileType } from '../../shared/file-types.ts';
import { KINDS, type Kind, type Outline } from '../../shared/grants.ts';
import type { Id } from '../../shared/id.ts';
import type { Catalogue } from '../core/stored.ts';
import { folderOf } from './catalogue-folders.ts';
import type { Database } from './database.ts';
import { createMemo } from './memo.ts';
import { id as idOf, number, type Row, text } from './rows.ts';

type Shared = Pick<Catalogue, 'sharedIds' | 'sharedCount' | 'isShared' | 'sharedFolders' | 'kindsShared' | 'outline'>;

/**
 * Ids read at once: no statement stays open between them, so others may write meanwhile. So few that they make the young heap no
 * larger.
 */
const PAGE = 200;

/** A row of `file` that the site ?1 may see. */
const FILE_IS_SHARED = `EXISTS (
  SELECT 1 FROM folder_site JOIN folder ON folder.id = folder_site.folder
  WHERE folder_site.origin = ?1 AND folder.missing IS NULL AND (folder.all_types OR file.media)
    AND file.path >= folder.prefix AND file.path < folder.prefix_end)`;

/** A row of `download` that the site ?1 asked for. */
const DOWNLOAD_IS_SHARED = `EXISTS (
  SELECT 1 FROM request WHERE request.origin = ?1 AND request.id = download.id AND request.state = 'done')`;

/** A row of `own_copy` by which the site ?1 may see a file that is held for another reason. */
const COPY_IS_SHARED = `origin = ?1 AND agreed AND (
  EXISTS (SELECT 1 FROM file WHERE file.id = own_copy.id) OR EXISTS (SELECT 1 FROM download WHERE download.id = own_copy.id))`;

export function createShared(database: Database): Shared {
  const fileIds = database.prepare(
    `SELECT DISTINCT id FROM file WHERE id > ?2 AND ${FILE_IS_SHARED} ORDER BY id LIMIT ${PAGE}`,
  );
  const downloadIds = database.prepare(
    `SELECT id FROM download WHERE id > ?2 AND ${DOWNLOAD_IS_SHARED} ORDER BY id LIMIT ${PAGE}`,
  );
  const copyIds = database.prepare(
    `SELECT id FROM own_copy WHERE id > ?2 AND ${COPY_IS_SHARED} ORDER BY id LIMIT ${PAGE}`,
  );
  // As an object, a row of node:sqlite is born old, and stays until everything is collected: 80 MB for 1,000,000 ids.
  for (const page of [fileIds, downloadIds, copyIds]) page.setReturnArrays(true);
  const all = `SELECT id, extension, media FROM file WHERE ${FILE_IS_SHARED}
    UNION ALL SELECT id, extension, 1 FROM download WHERE ${DOWNLOAD_IS_SHARED}
    UNION ALL SELECT own_copy.id, extension, 1 FROM own_copy JOIN file ON file.id = own_copy.id WHERE origin = ?1 AND agreed
    UNION ALL SELECT own_copy.id, extension, 1 FROM own_copy JOIN download ON download.id = own_copy.id
      WHERE origin = ?1 AND agreed`;
  const count = database.prepare(`SELECT count(DISTINCT id) AS ids FROM (${all})`);
  const kinds = database.prepare(
    `SELECT extension, media, count(*) AS ids
     FROM (SELECT id, min(extension) AS extension, max(media) AS media FROM (${all}) GROUP BY id)
     GROUP BY extension, media`,
  );
  const isShared = database.prepare(
    `SELECT EXISTS (SELECT 1 FROM file WHERE id = ?2 AND ${FILE_IS_SHARED})
         OR EXISTS (SELECT 1 FROM download WHERE id = ?2 AND ${DOWNLOAD_IS_SHARED})
         OR EXISTS (SELECT 1 FROM own_copy WHERE id = ?2 AND ${COPY_IS_SHARED}) AS shared`,
  );
  const ofFolders = database.prepare(
    `SELECT extension, media, count(*) AS files, sum(size) AS bytes
     FROM (SELECT file.id, min(extension) AS extension, max(media) AS media, max(size) AS size
           FROM folder JOIN file ON file.path >= folder.prefix AND file.path < folder.prefix_end
           WHERE folder.id IN (SELECT value FROM json_each(?1)) AND folder.missing IS NULL AND (folder.all_types OR media)
           GROUP BY file.id)
     GROUP BY extension, media`,
  );
  const folders = database.prepare(
    `SELECT folder.* FROM folder JOIN folder_site ON folder_site.folder = folder.id
     WHERE folder_site.origin = ? ORDER BY folder.path`,
  );

  const outlined = createMemo(database, folders => outlineOf(ofFolders.all(folders)));

  function* paged(page: typeof fileIds, origin: string): Generator<Id> {
    let ids: Id[] = [];
    let after = '';
    do {
      ids = page.all(origin, after).map(row => idOf(row[0]));
      yield* ids;
      after = ids[ids.length - 1] ?? after;
    } while (ids.length === PAGE);
  }

  return {
    sharedIds: origin => merge(merge(paged(fileIds, origin), paged(downloadIds, origin)), paged(copyIds, origin)),
    sharedCount: createMemo(database, origin => number(count.get(origin)?.ids)),
    isShared: (origin, id) => isShared.get(origin, id)?.shared === 1,
    sharedFolders: origin => folders.all(origin).map(folderOf),
    kindsShared(origin) {
      const byKind: Record<string, number> = {};
      for (const row of kinds.all(origin)) {
        const kind = kindOf(row);
        byKind[kind] = (byKind[kind] ?? 0) + number(row.ids);
      }
      return byKind;
    },
    outline: folders => outlined(JSON.stringify([...folders].sort((a, b) => a - b))),
  };
}

/** The kind of a row with an extension: `ts` and `mts` that are no video are not media, whatever the table says of them. */
function kindOf(row: Row): string {
  return row.media === 1 || !/^m?ts$/.test(text(row.extension)) ? fileType(text(row.extension)).kind : 'other';
}

function outlineOf(rows: Row[]): Omit<Outline, 'scanning'> {
  const outline: Omit<Outline, 'scanning'> = { files: 0, bytes: 0, kinds: {} };
  for (const row of rows) {
    const kind = coarse(kindOf(row));
    const [files, bytes] = [number(row.files), number(row.bytes)];
    const before = outline.kinds[kind] ?? { files: 0, bytes: 0 };
    outline.kinds[kind] = { files: before.files + files, bytes: before.bytes + bytes };
    outline.files += files;
    outline.bytes += bytes;
  }
  return outline;
}

/** Subtitles and documents are text to who is asked about them. */
function coarse(kind: string): Kind {
  if (kind === 'subtitle' || kind === 'document') return 'text';
  return KINDS.find(one => one === kind) ?? 'other';
}

/** Both are in order; so is the result, each id once. */
function* merge(left: Iterator<Id>, right: Iterator<Id>): Generator<Id> {
  let a = left.next();
  let b = right.next();
  while (!a.done || !b.done) {
    const takeLeft = b.done || (!a.done && a.value <= b.value);
    const takeRight = a.done || (!b.done && b.value <= a.value);
    yield takeLeft ? a.value! : b.value!;
    if (takeLeft) a = left.next();
    if (takeRight) b = right.next();
  }
}
