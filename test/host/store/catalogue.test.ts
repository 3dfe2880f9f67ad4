/** The catalogue: what is held, what a site may see of it, and that rows go when nothing holds an id. */

import { createHash } from 'node:crypto';
import { describe, expect, it, onTestFinished } from 'vitest';
import { canonicalInfo } from '../../../host/core/canonical.ts';
import type { Catalogue, HeldFile } from '../../../host/core/stored.ts';
import { createCatalogue } from '../../../host/store/catalogue.ts';
import { type Database, openDatabase } from '../../../host/store/database.ts';
import { type Id, type InfoHash, parseId, parseInfoHash } from '../../../shared/id.ts';

const A = 'https://a.example';
const B = 'https://b.example';
const OPTIONS = { all: false, everyone: false, addedAt: 1 };

function open(): { catalogue: Catalogue; database: Database } {
  const database = openDatabase(':memory:');
  onTestFinished(() => database.close());
  return { catalogue: createCatalogue(database), database };
}

const idOf = (n: number | string): Id => parseId(createHash('sha1').update(`${n}`).digest('hex'))!;
const stampOf = (n: number | string) => ({ inode: `1:${n}`, size: 10, mtimeNs: '5', ctimeNs: '6' });

function torrentOf(id: Id): { infoHash: InfoHash; info: Uint8Array } {
  const info = canonicalInfo(id, 10, new Uint8Array(20));
  return { info, infoHash: parseInfoHash(createHash('sha1').update(info).digest('hex'))! };
}

function hold(catalogue: Catalogue, path: string, n: number | string, more: Partial<HeldFile> = {}): Id {
  const id = idOf(n);
  const extension = path.split('.').at(-1)!;
  const file = { path, id, stamp: stampOf(n), extension, media: extension !== 'txt', verifiedAt: 1, ...more };
  catalogue.recordFile(file, torrentOf(id));
  return id;
}

function download(catalogue: Catalogue, n: number): Id {
  const id = idOf(n);
  const { infoHash } = torrentOf(id);
  catalogue.recordTorrent({ ...torrentOf(id), id, fileIndex: 0 });
  const stamp = stampOf(n);
  catalogue.recordDownload({
    id,
    path: `/home/downloads/${n}`,
    stamp,
    size: 10,
    extension: 'mkv',
    sha256: null,
    infoHash,
    verifiedAt: n,
  });
  return id;
}

function request(database: Database, origin: string, id: Id, state: string): void {
  database
    .prepare('INSERT INTO request (origin, id, added_at, told, state, settled) VALUES (?, ?, 1, 1, ?, 1)')
    .run(origin, id, state);
}

describe('a folder', () => {
  it('keeps what it was given, and what is changed', () => {
    const { catalogue } = open();
    const { id } = catalogue.addFolder('/films', { all: true, everyone: false, addedAt: 1 });
    catalogue.updateFolder(id, { everyone: true, missing: { code: 'gone' }, identity: '5:6', scannedAt: 7 });
    const row = {
      id,
      path: '/films',
      all: true,
      everyone: true,
      missing: { code: 'gone' },
      identity: '5:6',
      scannedAt: 7,
    };
    expect(catalogue.folders()).toEqual([row]);
    catalogue.shareFolder(id, A);
    catalogue.shareFolder(id, A);
    expect(catalogue.sitesOfFolder(id)).toEqual([A]);
    catalogue.setFoldersOfSite(B, [id]);
    catalogue.setFoldersOfSite(A, []);
    expect(catalogue.sitesOfFolder(id)).toEqual([B]);
    catalogue.removeFolder(id);
    expect(catalogue.foldersOfSite(B)).toEqual([]);
  });

  it('holds the paths below it, not those beside it', () => {
    const { catalogue } = open();
    const films = catalogue.addFolder('/films', OPTIONS);
    const root = catalogue.addFolder('/', OPTIONS);
    for (const [n, path] of ['/films/a.mkv', '/films/b/c.mkv', '/films2/d.mkv', '/film.mkv', '/films.mkv'].entries()) {
      hold(catalogue, path, n);
    }
    expect(catalogue.folderTotals(films.id)).toEqual({ files: 2, size: 20 });
    expect(catalogue.folderTotals(root.id)).toEqual({ files: 5, size: 50 });
    expect([...catalogue.filesUnder('/films')].map(({ path }) => path)).toEqual(['/films/a.mkv', '/films/b/c.mkv']);
  });

  it('lists thousands of files in order while others are written', () => {
    const { catalogue } = open();
    const paths = Array.from({ length: 2500 }, (_, n) => `/films/${String(n).padStart(5, '0')}.mkv`);
    catalogue.batch(() => {
      for (const [n, path] of paths.entries()) hold(catalogue, path, n);
    });
    const seen: string[] = [];
    for (const { path } of catalogue.filesUnder('/films')) {
      seen.push(path);
      if (seen.length === 10) hold(catalogue, '/films/zzz.mkv', 'late');
    }
    expect(seen).toEqual([...paths, '/films/zzz.mkv']);
  });
});

describe('files', () => {
  it('of a folder that was removed half are found', () => {
    const { catalogue } = open();
    const add = (path: string) => catalogue.addFolder(path, { all: false, everyone: false, addedAt: 0 });
    for (const path of ['/b', '/b/inner', '/d']) add(path);
    for (const [n, path] of ['/a/1', '/b/2', '/b/inner/3', '/b2/4', '/c/5', '/d/6', '/e/7'].entries())
      hold(catalogue, `${path}.mkv`, n);
    expect([...catalogue.strayFiles()].map(({ path }) => path)).toEqual([
      '/a/1.mkv',
      '/b2/4.mkv',
      '/c/5.mkv',
      '/e/7.mkv',
    ]);
  });

  it('can be leafed through from a path on', () => {
    const { catalogue } = open();
    for (const n of [1, 2, 3]) hold(catalogue, `/films/${n}.mkv`, n);
    const from = (after: string) => [...catalogue.filesUnder('/films', after)].map(({ path }) => path);
    expect(from('/films/1.mkv')).toEqual(['/films/2.mkv', '/films/3.mkv']);
    expect(from('/elsewhere')).toHaveLength(3);
  });
});

describe('an id', () => {
  it('is held where it can be read first, and in a missing folder last', () => {
    const { catalogue } = open();
    const [gone, there] = ['/a', '/b'].map(path =>
      catalogue.addFolder(path, { all: false, everyone: false, addedAt: 0 }),
    );
    const id = hold(catalogue, '/a/1.mkv', 1);
    hold(catalogue, '/b/1.mkv', 1);
    download(catalogue, 1);
    catalogue.updateFolder(gone!.id, { missing: { code: 'gone' } });
    expect(there!.missing).toBeNull();
    expect(catalogue.pathsOf(id).map(({ path, missing }) => [path, missing])).toEqual([
      ['/b/1.mkv', false],
      ['/home/downloads/1', false],
      ['/a/1.mkv', true],
    ]);
  });

  it('is held as long as any path or download holds it, and so are its torrents', () => {
    const { catalogue } = open();
    const id = hold(catalogue, '/films/b.mp4', 1);
    hold(catalogue, '/films/a', 1, { extension: '' });
    hold(catalogue, '/films/c.avi', 1);
    download(catalogue, 1);
    const { infoHash } = torrentOf(id);
    expect(catalogue.held(id)).toEqual({ id, size: 10, extension: 'avi', infoHash });
    expect(catalogue.pathsOf(id).map(({ path }) => path)).toEqual([
      '/films/a',
      '/films/b.mp4',
      '/films/c.avi',
      '/home/downloads/1',
    ]);
    expect(catalogue.heldCount()).toBe(1);
    for (const path of ['/films/a', '/films/b.mp4', '/films/c.avi', '/films/c.avi']) catalogue.forgetFile(path);
    expect(catalogue.held(id)).toMatchObject({ extension: 'mkv', infoHash });
    expect(catalogue.heldCount()).toBe(1);
    catalogue.removeDownload(id);
    expect(catalogue.held(id)).toBeUndefined();
    expect(catalogue.torrent(infoHash)).toBeUndefined();
    expect(catalogue.heldCount()).toBe(0);
  });

  it('goes when its only path has other bytes', () => {
    const { catalogue } = open();
    const before = hold(catalogue, '/films/a.mkv', 1);
    const after = hold(catalogue, '/films/a.mkv', 2);
    expect(catalogue.held(before)).toBeUndefined();
    expect(catalogue.held(after)).toBeDefined();
  });

  it('answers under every info hash, and is described by the canonical one', () => {
    const { catalogue } = open();
    const id = hold(catalogue, '/films/a.mkv', 1);
    const canonical = torrentOf(id).infoHash;
    const other = parseInfoHash('0'.repeat(40))!;
    catalogue.recordTorrent({ infoHash: other, id, info: new Uint8Array([100, 101]), fileIndex: 3 });
    expect(catalogue.torrentsOf(id).map(({ infoHash }) => infoHash)).toEqual([canonical, other]);
    expect(catalogue.torrent(other)).toMatchObject({ id, fileIndex: 3, info: new Uint8Array([100, 101]) });
    expect(catalogue.held(id)?.infoHash).toBe(canonical);
    const req2 = createHash('sha1').update('req2').update(Buffer.from(other, 'hex')).digest('hex');
    expect(catalogue.byReq2(req2)).toBe(other);
    expect(catalogue.byReq2('0'.repeat(40))).toBeUndefined();
  });

  it('keeps the torrent that another of its files was downloaded by as well', () => {
    const { catalogue } = open();
    const [one, other] = [download(catalogue, 1), download(catalogue, 2)];
    const shared = { infoHash: parseInfoHash('9'.repeat(40))!, info: new Uint8Array([1]) };
    catalogue.recordTorrent({ ...shared, id: one, fileIndex: 0 });
    catalogue.recordTorrent({ ...shared, id: other, fileIndex: 1 });
    for (const [at, id] of [one, other].entries())
      expect(catalogue.torrentsOf(id)).toContainEqual({ ...shared, id, fileIndex: at });
    catalogue.removeDownload(one);
    expect(catalogue.torrent(shared.infoHash)).toMatchObject({ id: other, fileIndex: 1 });
  });

  it('is found by inode, size and mtime', () => {
    const { catalogue } = open();
    hold(catalogue, '/films/a.mkv', 1);
    expect(catalogue.fileByInode({ ...stampOf(1), ctimeNs: 'other' })?.path).toBe('/films/a.mkv');
    expect(catalogue.fileByInode({ ...stampOf(1), mtimeNs: 'other' })).toBeUndefined();
  });

  it('is found by its path and by its inode at once', () => {
    const { catalogue } = open();
    hold(catalogue, '/films/a.mkv', 1);
    hold(catalogue, '/films/b.mkv', 2);
    const paths = (path: string, of: number) => {
      const { here, same } = catalogue.knownFiles(path, stampOf(of));
      return [here?.path, same?.path];
    };
    expect(paths('/films/a.mkv', 1)).toEqual(['/films/a.mkv', '/films/a.mkv']);
    expect(paths('/films/a.mkv', 2)).toEqual(['/films/a.mkv', '/films/b.mkv']);
    expect(paths('/films/a.mkv', 3)).toEqual(['/films/a.mkv', undefined]);
    expect(paths('/films/c.mkv', 1)).toEqual([undefined, '/films/a.mkv']);
    expect(paths('/films/c.mkv', 3)).toEqual([undefined, undefined]);
  });
});

describe('what a site may see', () => {
  it('are media of its folders, everything of those that say so, and what it asked for', () => {
    const { catalogue, database } = open();
    const films = catalogue.addFolder('/films', OPTIONS);
    const texts = catalogue.addFolder('/films/texts', { ...OPTIONS, all: true });
    const film = hold(catalogue, '/films/a.mkv', 1);
    const notes = hold(catalogue, '/films/b.txt', 2);
    const text = hold(catalogue, '/films/texts/c.txt', 3);
    hold(catalogue, '/films/texts/again.mkv', 1);
    hold(catalogue, '/elsewhere/d.mkv', 4);
    const [done, open_] = [download(catalogue, 5), download(catalogue, 6)];
    request(database, A, done, 'done');
    request(database, A, open_, 'open');
    request(database, B, open_, 'done');
    request(database, A, film, 'done');
    catalogue.setFoldersOfSite(A, [films.id]);
    expect([...catalogue.sharedIds(A)]).toEqual([film, done].sort());
    catalogue.setFoldersOfSite(A, [films.id, texts.id]);
    expect([...catalogue.sharedIds(A)]).toEqual([film, text, done].sort());
    expect(catalogue.sharedCount(A)).toBe(3);
    expect(catalogue.kindsShared(A)).toEqual({ video: 2, text: 1 });
    expect([film, text, done].map(id => catalogue.isShared(A, id))).toEqual([true, true, true]);
    expect([notes, open_].map(id => catalogue.isShared(A, id))).toEqual([false, false]);
    expect([...catalogue.sharedIds(B)]).toEqual([open_]);
    expect(catalogue.sharedFolders(A).map(({ path }) => path)).toEqual(['/films', '/films/texts']);
    expect([...catalogue.sharedIds('https://stranger.example')]).toEqual([]);
  });

  it('is nothing of a missing folder', () => {
    const { catalogue } = open();
    const films = catalogue.addFolder('/films', { ...OPTIONS, everyone: true });
    catalogue.shareFolder(films.id, A);
    const id = hold(catalogue, '/films/a.mkv', 1);
    expect([catalogue.isShared(A, id), catalogue.isPublic(id)]).toEqual([true, true]);
    catalogue.updateFolder(films.id, { missing: { code: 'gone' } });
    expect([catalogue.isShared(A, id), catalogue.isPublic(id)]).toEqual([false, false]);
    expect([...catalogue.sharedIds(A)]).toEqual([]);
    expect(catalogue.sharedFolders(A)).toMatchObject([{ missing: { code: 'gone' } }]);
  });

  it('comes in order and once, also over many pages of both kinds', () => {
    const { catalogue, database } = open();
    const { id } = catalogue.addFolder('/films', OPTIONS);
    catalogue.shareFolder(id, A);
    catalogue.batch(() => {
      for (let n = 0; n < 2100; n++) hold(catalogue, `/films/${n}.mkv`, n);
      for (let n = 1500; n < 2600; n++) request(database, A, download(catalogue, n), 'done');
    });
    expect([...catalogue.sharedIds(A)]).toEqual(Array.from({ length: 2600 }, (_, n) => idOf(n)).sort());
  });
});

it('a batch is written whole or not at all', () => {
  const { catalogue } = open();
  expect(() =>
    catalogue.batch(() => {
      hold(catalogue, '/films/a.mkv', 1);
      throw new Error('stop');
    }),
  ).toThrow('stop');
  expect(catalogue.heldCount()).toBe(0);
});
