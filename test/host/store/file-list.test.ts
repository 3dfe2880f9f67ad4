/** The list of files: every order, search and filter gives the right rows, here and from the process that sorts. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FileList } from '../../../host/core/stored.ts';
import { createCatalogue } from '../../../host/store/catalogue.ts';
import { type Database, openDatabase } from '../../../host/store/database.ts';
import { fold, nameKey } from '../../../host/store/file-list.ts';
import { createFileList } from '../../../host/store/file-list-process.ts';
import type { FileQuery } from '../../../shared/browse.ts';
import { extensionOf } from '../../../shared/file-types.ts';
import type { Id, InfoHash } from '../../../shared/id.ts';

const DAY = 86_400_000;
const PATHS = [
  '/films/1990/Take 10.mkv',
  '/films/1990/Take 2.mkv',
  '/films/1991/Käse und Brot.webm',
  '/films/1991/notes.txt',
  '/films/1992/كتاب.mp4',
  '/music/Überraschung.flac',
  '/music/raw.dat',
];
const idAt = (n: number) => String(n).padStart(40, '0') as Id;

let dir: string;
let database: Database;
let list: FileList;
let catalogue: ReturnType<typeof createCatalogue>;

function record(path: string, n: number): void {
  const stamp = { inode: `1:${n}`, size: (n + 1) * 1000, mtimeNs: '1', ctimeNs: '1' };
  const file = { path, stamp, id: idAt(n), extension: extensionOf(path), media: true, verifiedAt: n * DAY };
  catalogue.recordFile(file, { infoHash: `f${idAt(n).slice(1)}` as InfoHash, info: new Uint8Array() });
}

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lsd-list-'));
  database = openDatabase(join(dir, 'catalogue.db'));
  catalogue = createCatalogue(database);
  catalogue.addFolder('/films', { all: true, everyone: false, addedAt: 0 });
  catalogue.addFolder('/music', { all: true, everyone: false, addedAt: 0 });
  PATHS.forEach(record);
  const stamp = { inode: '2:1', size: 5, mtimeNs: '1', ctimeNs: '1' };
  catalogue.recordDownload({
    id: idAt(90),
    path: '/home/downloads/90.mkv',
    stamp,
    size: 5,
    extension: 'mkv',
    sha256: null,
    infoHash: idAt(1) as unknown as InfoHash,
    verifiedAt: 99 * DAY,
  });
  record('/music/spoilt.flac', 91);
  catalogue.recordRot(catalogue.file('/music/spoilt.flac')!, 1);
  list = createFileList({ database, path: join(dir, 'catalogue.db') });
});
afterAll(async () => {
  list.close();
  database.close();
  await rm(dir, { recursive: true, force: true });
});

const query = (part: Partial<FileQuery>): FileQuery => ({
  sort: 'path',
  descending: false,
  offset: 0,
  limit: 100,
  ...part,
});
const paths = async (part: Partial<FileQuery>) => (await list.list(query(part))).rows.map(row => row.path);

describe('in order of path', () => {
  const all = [...PATHS, '/home/downloads/90.mkv', '/music/spoilt.flac'].sort();

  it('names every file once, wherever it lies', async () => {
    expect(await paths({})).toEqual(all);
    expect(await paths({ descending: true })).toEqual([...all].reverse());
  });

  it('gives any page, and how many there are', async () => {
    const page = await list.list(query({ offset: 3, limit: 2 }));
    expect(page).toMatchObject({ total: all.length, stale: false });
    expect(page.rows.map(row => row.path)).toEqual(all.slice(3, 5));
  });

  it('gives the same from the process', async () => {
    expect(await paths({ search: '.' })).toEqual(all);
    expect(await paths({ offset: 10_001 })).toEqual([]);
  });
});

describe('searched, filtered and sorted', () => {
  it.each([
    ['take 2', ['/films/1990/Take 2.mkv']],
    ['1990 MKV', ['/films/1990/Take 10.mkv', '/films/1990/Take 2.mkv']],
    ['kase', ['/films/1991/Käse und Brot.webm']],
    ['KÄSE', ['/films/1991/Käse und Brot.webm']],
    ['كتاب', ['/films/1992/كتاب.mp4']],
    ['%', []],
    [idAt(5), ['/music/Überraschung.flac']],
  ])('finds %s', async (search, found) => {
    expect(await paths({ search })).toEqual(found);
  });

  it.each([
    [{ folder: 2 }, ['/music/raw.dat', '/music/spoilt.flac', '/music/Überraschung.flac']],
    [{ place: 'download' }, ['/home/downloads/90.mkv']],
    [{ place: 'spoilt' }, ['/music/spoilt.flac']],
    [{ kind: 'audio' }, ['/music/spoilt.flac', '/music/Überraschung.flac']],
    [{ kind: 'other' }, ['/music/raw.dat']],
    [{ kind: 'audio', place: 'spoilt', search: 'music' }, ['/music/spoilt.flac']],
  ] as const)('keeps to %o', async (filter, found) => {
    expect(await paths(filter)).toEqual(found);
  });

  it('sorts names as people count, sizes and dates both ways', async () => {
    expect((await paths({ sort: 'name', search: 'take' }))[0]).toBe('/films/1990/Take 2.mkv');
    expect(await paths({ sort: 'size', limit: 2 })).toEqual(['/home/downloads/90.mkv', PATHS[0]]);
    expect((await paths({ sort: 'verified', descending: true, limit: 1 }))[0]).toBe('/home/downloads/90.mkv');
    expect((await paths({ sort: 'type', limit: 1 }))[0]).toBe('/music/raw.dat');
  });

  it('sees what was written since', async () => {
    const search = { search: 'later' };
    expect((await list.list(query(search))).total).toBe(0);
    record('/films/later.mkv', 50);
    await expect.poll(async () => (await list.list(query(search))).total).toBe(1);
    catalogue.forgetFile('/films/later.mkv');
  });
});

it('starts another process when the one that sorts has ended', async () => {
  const short = createFileList({ database, path: join(dir, 'catalogue.db'), idleMs: 1 });
  const answers = [await short.list(query({ sort: 'name' })), await short.list(query({ sort: 'name' }))];
  short.close();
  expect(answers.map(page => page.total)).toEqual([9, 9]);
});

it('refuses what waits when it is closed', async () => {
  const short = createFileList({ database, path: join(dir, 'catalogue.db') });
  const waiting = short.list(query({ sort: 'name' }));
  short.close();
  await expect(waiting).rejects.toThrow('could not be sorted');
});

it('compares without case and accents, and counts numbers', () => {
  expect(fold('ÄÖÜ Straße É')).toBe('aou straße e');
  expect(nameKey('/a/Take 2') < nameKey('/b/take 10')).toBe(true);
});
