/** What a person's file turns into between the look-up and the read: no byte of it leaves. */

import { execFileSync } from 'node:child_process';
import { lstat, mkdir, mkdtemp, readFile, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { connectPeer } from '../support/asking-peer.ts';
import { openSiteDouble, type SiteDouble } from '../support/site-double.ts';
import { type Described, sha1, someBytes } from '../support/swarm.ts';
import { type HomeProcess, startHome } from '../world/home.ts';
import { type Expected, faultsAfter } from '../world/unharmed.ts';
import { until } from '../world/until.ts';

const isRoot = process.getuid?.() === 0;
const SIZE = 400_000;

let stack: AsyncDisposableStack;
let home: HomeProcess;
/** all through the tests */
let kept: Expected;
beforeAll(async () => {
  stack = new AsyncDisposableStack();
  home = stack.use(await startHome());
  kept = await grantOne();
});
afterAll(async () => {
  try {
    expect(await faultsAfter(home, kept)).toEqual([]);
  } finally {
    await stack.disposeAsync();
  }
});

/** A site with an account and a request that stays open. */
async function grantOne(): Promise<Expected> {
  const site = await openSiteDouble();
  stack.defer(() => site.close());
  const never = someBytes(1000);
  site.described.set(never.id, { sha1: never.id, extension: 'mkv' });
  await home.call('site.grant', { origin: site.origin, lan: true, username: 'ann', password: 'secret' });
  await home.call('request.add', { ids: [never.id], site: site.origin });
  return { site, username: 'ann', passwords: ['secret'], folders: [], requested: [never.id] };
}

/** All of a file that stays when it is moved and moved back. */
async function look(path: string): Promise<object> {
  const { dev, ino, mode, uid, nlink, size, mtimeNs } = await lstat(path, { bigint: true });
  return { dev, ino, mode, uid, nlink, size, mtimeNs, bytes: sha1(await readFile(path)) };
}

describe('a file that is shared with everyone, in whose place comes', () => {
  let folder: string;
  let file: Described;
  let path: string;
  const secret = Buffer.alloc(SIZE, 'secret');
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lsd-replaced-'));
    file = someBytes(SIZE);
    path = join(folder, 'films', 'film.mkv');
    await mkdir(join(folder, 'films'));
    await writeFile(path, file.bytes);
    await writeFile(join(folder, 'secret'), secret);
    await home.call('folder.add', { path: join(folder, 'films'), everyone: true });
    await home.call('folder.wait', { path: join(folder, 'films') });
  });
  afterEach(async () => {
    await home.call('folder.remove', { path: join(folder, 'films') });
    await rm(folder, { recursive: true, force: true });
  });

  const replacements: [string, () => Promise<unknown>, boolean][] = [
    ['another file of the same size', () => writeFile(path, secret), true],
    ['a link to another file', () => symlink(join(folder, 'secret'), path), true],
    ['a folder', () => mkdir(path), true],
    ['a pipe that nobody writes to', async () => execFileSync('mkfifo', [path]), process.platform !== 'win32'],
    ['a device without an end', async () => execFileSync('mknod', [path, 'c', '1', '5']), isRoot],
    ['nothing', async () => {}, true],
    ['a link that leads to itself', () => symlink(path, path), true],
  ];

  for (const [what, replace, possible] of replacements) {
    it.skipIf(!possible)(
      `${what}: nobody gets a byte of it; the file, back in its place, is served again`,
      async () => {
        const seen = [await look(path), await look(join(folder, 'secret'))];
        const { url } = await home.call('item.url', { id: file.id });
        const reading = await fetch(url, { headers: { range: 'bytes=0-99' } });
        expect(Buffer.from(await reading.arrayBuffer()).equals(file.bytes.subarray(0, 100))).toBe(true);
        const peer = await connectPeer({ port: home.ready.peer, infoHash: file.infoHash });
        expect((await peer.request(0, 0, 16_384)).equals(file.bytes.subarray(0, 16_384))).toBe(true);

        // In one step, as far as anybody can see: between a look-up and its read.
        await rename(path, join(folder, 'aside'));
        await replace();
        const [answer, block] = await Promise.all([
          fetch(url).then(
            async response => ({ status: response.status, body: Buffer.from(await response.arrayBuffer()) }),
            () => ({ status: 0, body: Buffer.alloc(0) }),
          ),
          peer.request(1, 0, 16_384).catch(() => undefined),
        ]);
        expect(answer.status).not.toBe(200);
        expect(answer.body.includes('secretsecret')).toBe(false);
        // A peer may have what was open before: that is the file itself, under its new name.
        if (block) expect(block.equals(file.bytes.subarray(262_144, 262_144 + 16_384))).toBe(true);
        peer.close();

        await rm(path, { recursive: true, force: true });
        await rename(join(folder, 'aside'), path);
        await until('it is served again', async () => {
          const { url: anew } = await home.call('item.url', { id: file.id });
          const response = await fetch(anew);
          const bytes = Buffer.from(await response.arrayBuffer());
          return response.status === 200 && bytes.equals(file.bytes);
        });
        expect([await look(path), await look(join(folder, 'secret'))]).toEqual(seen);
      },
    );
  }
});

describe('a folder on the way to a file that is shared with everyone', () => {
  it('becomes a link to another folder with a file of the same name, size and time: nobody gets a byte of that', async () => {
    const around = await mkdtemp(join(tmpdir(), 'lsd-way-'));
    stack.defer(() => rm(around, { recursive: true, force: true }));
    const [films, elsewhere] = [join(around, 'films'), join(around, 'elsewhere')];
    const file = someBytes(SIZE);
    for (const folder of [join(films, 'of 1922'), elsewhere]) await mkdir(folder, { recursive: true });
    const path = join(films, 'of 1922', 'film.mkv');
    await writeFile(path, file.bytes);
    await writeFile(join(elsewhere, 'film.mkv'), Buffer.alloc(SIZE, 'secret'));
    const { atime, mtime } = await stat(path);
    await utimes(join(elsewhere, 'film.mkv'), atime, mtime);
    await home.call('folder.add', { path: films, everyone: true });
    await home.call('folder.wait', { path: films });
    const { url } = await home.call('item.url', { id: file.id });
    expect((await fetch(url)).status).toBe(200);

    await rename(join(films, 'of 1922'), join(around, 'aside'));
    await symlink(elsewhere, join(films, 'of 1922'));
    for (const range of ['bytes=0-99', 'bytes=300000-']) {
      const body = await fetch(url, { headers: { range } }).then(
        async answer => Buffer.from(await answer.arrayBuffer()),
        () => Buffer.alloc(0),
      );
      expect(body.includes('secretsecret')).toBe(false);
    }
    const peer = await connectPeer({ port: home.ready.peer, infoHash: file.infoHash }).catch(() => undefined);
    const block = await peer?.request(0, 0, 16_384).catch(() => undefined);
    expect(block?.includes('secretsecret') ?? false).toBe(false);
    peer?.close();
    await until('it is forgotten', async () => (await home.call('item.status', { id: file.id })).state === 'unknown');

    await rm(join(films, 'of 1922'));
    await rename(join(around, 'aside'), join(films, 'of 1922'));
    await until('it is served again', async () => {
      const { url: anew } = await home.call('item.url', { id: file.id });
      return Buffer.from(await (await fetch(anew)).arrayBuffer()).equals(file.bytes);
    });
    await home.call('folder.remove', { path: films });
  });
});

describe('names', () => {
  it('that look the same in one folder, composed and decomposed, or in two cases, are two files', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lsd-names-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const names = ['é.mkv'.normalize('NFC'), 'é.mkv'.normalize('NFD'), 'FILM.mkv', 'film.mkv', 'ﬁlm.mkv', 'film.MKV'];
    const files = names.map(() => someBytes(1000));
    for (const [at, name] of names.entries()) await writeFile(join(folder, name), files[at]!.bytes);
    await home.call('folder.add', { path: folder });
    expect(await home.call('folder.wait', { path: folder })).toMatchObject({ files: names.length });
    const expectServed = async () => {
      for (const { id, bytes } of files) {
        const { url } = await home.call('item.url', { id });
        expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(bytes)).toBe(true);
      }
    };
    await expectServed();
    // The first two change places, and so do two that differ in their case alone.
    for (const [one, other] of [names.slice(0, 2), names.slice(2, 4)]) {
      await rename(join(folder, one!), join(folder, 'aside'));
      await rename(join(folder, other!), join(folder, one!));
      await rename(join(folder, 'aside'), join(folder, other!));
    }
    await until('all are served again', () => expectServed().then(() => true));
    expect(await home.call('folder.list', {})).toMatchObject([{ path: folder, files: names.length }]);
    await home.call('folder.remove', { path: folder });
  });
});

describe.skipIf(!isRoot)('a disk that is unmounted under a shared folder (needs root, to mount)', () => {
  it('takes nothing off the site, is said to be missing, and is all there when it is back', async () => {
    const around = await mkdtemp(join(tmpdir(), 'lsd-disk-'));
    const [disk, mountPoint] = [join(around, 'disk'), join(around, 'films')];
    const expected = await grantOne();
    const site: SiteDouble = expected.site;
    stack.defer(() => rm(around, { recursive: true, force: true }));
    await Promise.all([mkdir(disk), mkdir(mountPoint)]);
    const files = Array.from({ length: 5 }, () => someBytes(1000));
    for (const [at, { bytes }] of files.entries()) await writeFile(join(disk, `${at}.mkv`), bytes);
    const mount = () => execFileSync('mount', ['--bind', disk, mountPoint]);
    const unmount = () => execFileSync('umount', [mountPoint], { stdio: 'pipe' });

    mount();
    const seen = () => Promise.all(files.map((_, at) => look(join(disk, `${at}.mkv`))));
    const before = await seen();
    await home.call('folder.add', { path: mountPoint, sites: [site.origin] });
    await home.call('folder.wait', { path: mountPoint });
    await home.call('site.sync', { origin: site.origin });
    expect(site.ids.size).toBe(5);
    const { url } = await home.call('item.url', { id: files[0]!.id });
    expect((await fetch(url)).status).toBe(200);

    // What was read a moment ago is still open, and an open file keeps its disk.
    await until('nothing keeps the disk', () => {
      unmount();
      return true;
    });
    expect((await fetch(url)).status).toBe(404);
    await until('it is said to be missing', async () => {
      const folder = (await home.call('folder.list', {})).find(each => each.path === mountPoint);
      if (folder?.state === 'missing') return true;
      await home.call('site.sync', { origin: site.origin }).catch(() => {});
      throw new Error(folder?.state);
    });
    await expect(home.call('site.sync', { origin: site.origin })).rejects.toMatchObject({ code: 'folder-missing' });
    expect(site.ids.size).toBe(5);

    mount();
    stack.defer(() => void execFileSync('umount', ['--lazy', mountPoint]));
    await until('it is back', async () => {
      const [synced] = await home.call('site.sync', { origin: site.origin });
      return synced?.ids === 5;
    });
    expect((await fetch(url)).status).toBe(200);
    expect(await faultsAfter(home, { ...expected, folders: [mountPoint] })).toEqual([]);
    expect(await seen()).toEqual(before);
    expect(site.calls.some(({ data }) => Array.isArray(data.remove) && data.remove.length > 0)).toBe(false);
  });
});
