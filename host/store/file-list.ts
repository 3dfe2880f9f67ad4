/** The files that are known, a page at a time: searched, filtered, in any order. Only reads. */

import type { FileFilter, FilePage, FileQuery, FileRow, FileSort } from '../../shared/browse.ts';
import { extensionsOf } from '../../shared/file-types.ts';
import type { Database } from './database.ts';
import { id, number, type Row, text } from './rows.ts';

const COLUMNS = 'path, id, size, extension, verified_at';
const PLACES = `SELECT ${COLUMNS}, 'folder' AS place FROM file
  UNION ALL SELECT ${COLUMNS}, 'download' FROM download
  UNION ALL SELECT ${COLUMNS}, 'spoilt' FROM rotten`;

/** Rows that are the same in the first are in order of path. */
const ORDERS: Readonly<Record<FileSort, string>> = {
  path: 'path',
  name: 'name_key(path)',
  size: 'size',
  type: 'extension',
  verified: 'verified_at',
};

/** In order of path, all of them: its index has that order, so a page costs what it skips and no more. */
export function createPathList(database: Database, total: () => number) {
  const forwards = database.prepare(`${PLACES} ORDER BY path LIMIT ? OFFSET ?`);
  const backwards = database.prepare(`${PLACES} ORDER BY path DESC LIMIT ? OFFSET ?`);
  return ({ limit, offset, descending }: FileQuery): FilePage => ({
    rows: (descending ? backwards : forwards).all(limit, offset).map(rowOf),
    total: total(),
    stale: false,
  });
}

export function countFiles(database: Database): () => number {
  const count = database.prepare(
    'SELECT (SELECT count(*) FROM file) + (SELECT count(*) FROM download) + (SELECT count(*) FROM rotten) AS files',
  );
  return () => number(count.get()?.files);
}

/** Sorting again takes at most one part in so many of the time while much is written. */
const SHARE = 20;

/**
 * In any order: the first page of a query sorts all of its rows into a table of their own, from which every further one is
 * read by number. That takes a while for a big catalogue, so it is done in a process of its own (file-list-process.ts).
 */
export function createSortedList(database: Database, now: () => number): (query: FileQuery) => FilePage {
  database.function('fold', { deterministic: true }, value => fold(String(value)));
  database.function('name_key', { deterministic: true }, value => nameKey(String(value)));
  const written = database.prepare('PRAGMA data_version');
  let shown: { key: string; version: number; costMs: number; at: number; total: number } | undefined;

  function sort(query: FileQuery, key: string, version: number) {
    const start = now();
    const { where, values } = conditionsOf(query);
    database.exec('DROP TABLE IF EXISTS temp.shown');
    const order = `${ORDERS[query.sort]} ${query.descending ? 'DESC' : 'ASC'}, path`;
    database
      .prepare(`CREATE TEMP TABLE shown AS SELECT * FROM (${PLACES}) AS listed WHERE ${where} ORDER BY ${order}`)
      .run(...values);
    const total = number(database.prepare('SELECT count(*) AS rows FROM temp.shown').get()?.rows);
    return { key, version, costMs: now() - start, at: now(), total };
  }

  return query => {
    const { offset, limit, ...rest } = query;
    const key = JSON.stringify(rest);
    const version = number(written.get()?.data_version);
    const isOther = shown?.key !== key;
    const isOld = shown?.version !== version && now() - (shown?.at ?? 0) >= (shown?.costMs ?? 0) * SHARE;
    if (!shown || isOther || isOld) shown = sort(query, key, version);
    const rows = database
      .prepare('SELECT * FROM temp.shown WHERE rowid > ? ORDER BY rowid LIMIT ?')
      .all(offset, limit)
      .map(rowOf);
    return { rows, total: shown.total, stale: shown.version !== version };
  };
}

function conditionsOf({ search = '', folder, place, kind }: FileFilter): {
  where: string;
  values: (string | number)[];
} {
  const parts: [sql: string, ...values: (string | number)[]][] = [
    ...(folder === undefined ? [] : [[INSIDE, folder] as [string, number]]),
    ...(place === undefined ? [] : [['place = ?', place] as [string, string]]),
    ...(kind === undefined ? [] : [ofKind(kind)]),
    ...wordsOf(search).map(contains),
  ];
  return {
    where: parts.length === 0 ? 'true' : parts.map(([sql]) => sql).join(' AND '),
    values: parts.flatMap(([, ...values]) => values),
  };
}

const INSIDE =
  'EXISTS (SELECT 1 FROM folder WHERE folder.id = ? AND listed.path >= folder.prefix AND listed.path < folder.prefix_end)';

function ofKind(kind: string): [string, ...string[]] {
  const { is, extensions } = extensionsOf(kind);
  return [`extension ${is ? 'IN' : 'NOT IN'} (${extensions.map(() => '?').join()})`, ...extensions];
}

function contains(word: string): [string, string] {
  return /^[0-9a-f]{40}$/.test(word) ? ['id = ?', word] : ['instr(fold(path), ?) > 0', word];
}

/** What is looked for, each word by itself. */
export function wordsOf(search: string): string[] {
  return fold(search).split(/\s+/).filter(Boolean);
}

/** As people compare: without case and accents. */
export function fold(value: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: the range of ASCII begins with them
  if (/^[\x00-\x7f]*$/.test(value)) return value.toLowerCase();
  return value
    .normalize('NFKD')
    .replace(/\p{M}+/gu, '')
    .toLowerCase();
}

/** Orders by name, `2` before `10`. */
export function nameKey(path: string): string {
  const name = path.slice(Math.max(path.lastIndexOf('/'), path.lastIndexOf('\\')) + 1);
  return fold(name).replace(/\d+/g, digits => digits.padStart(12, '0'));
}

function rowOf(row: Row): FileRow {
  return {
    path: text(row.path),
    id: id(row.id),
    size: number(row.size),
    extension: text(row.extension),
    place: text(row.place) as FileRow['place'],
    verifiedAt: number(row.verified_at),
  };
}
