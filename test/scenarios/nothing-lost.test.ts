/** Killed, out of disk, changed underneath: the daemon comes back by itself, and nothing of anybody's is lost or wrong. */

import { execFileSync } from 'node:child_process';
import { appendFile, copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { Item } from '../../shared/item.ts';
import { type Film, makeFilm } from '../world/film.ts';
import { type HomeProcess, startHome } from '../world/home.ts';
import { type Archive, arrived, join, limitUpload, openArchive, request, share } from '../world/site.ts';
import { until } from '../world/until.ts';

let film: Film;
let bytes: Buffer;
beforeAll(async () => {
  film = await makeFilm(60, 2500);
  bytes = await readFile(film.path);
});

let stack: AsyncDisposableStack;
let archive: Archive;
beforeEach(async () => {
  stack = new AsyncDisposableStack();
  archive = await openArchive({ people: ['ann', 'bob'], films: [{ sha1: film.id, title: 'The film' }] });
  stack.defer(() => archive.close());
});
afterEach(() => stack.disposeAsync());

async function folderWithFilm(): Promise<string> {
  const folder = await mkdtemp(joinPath(tmpdir(), 'lsd-scenario-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  await copyFile(film.path, joinPath(folder, 'film.mp4'));
  return folder;
}

async function holder(folder: string, upload: number | null = null): Promise<HomeProcess> {
  const ann = stack.use(await startHome());
  await join(ann, archive.origin, 'ann');
  await share(ann, folder, archive.origin);
  await limitUpload(ann, upload);
  return ann;
}

async function item(home: HomeProcess): Promise<Item> {
  const status = await home.call('item.status', { id: film.id });
  if (status.state === 'unknown') throw new Error('the item is unknown');
  return status as Item;
}

async function comes(home: HomeProcess): Promise<void> {
  expect((await arrived(home, film.id)).equals(bytes)).toBe(true);
}

describe('nothing is lost', () => {
  it('when the requester is killed again and again while it downloads', async () => {
    const ann = await holder(await folderWithFilm(), 3_000_000);
    const bob = stack.use(await startHome());
    await join(bob, archive.origin, 'bob');
    await request(bob, film.id);
    for (const part of [0.1, 0.3, 0.6]) {
      await until(`${part} has arrived`, async () => (await item(bob)).progress >= part);
      await bob.kill('SIGKILL');
      await bob.start();
    }
    await comes(bob);
    // Each time what was on its way is fetched again: in the sockets of a busy machine lie some MB. Without what the dead
    // one had written, a whole film more would be.
    expect((await item(ann)).uploaded).toBeLessThan(bytes.length + 3 * 4_500_000);
  }, 240_000);

  it('when the holder is killed while it seeds, and its folder is as it was', async () => {
    const folder = await folderWithFilm();
    const before = await stat(joinPath(folder, 'film.mp4'), { bigint: true });
    const ann = await holder(folder, 3_000_000);
    const bob = stack.use(await startHome());
    await join(bob, archive.origin, 'bob');
    await request(bob, film.id);
    await until('some has arrived', async () => (await item(bob)).progress > 0.2);
    await ann.kill('SIGKILL');
    await ann.start();
    await comes(bob);
    const after = await stat(joinPath(folder, 'film.mp4'), { bigint: true });
    expect({ ...after, atimeNs: 0n, atimeMs: 0n }).toEqual({ ...before, atimeNs: 0n, atimeMs: 0n });
    expect(await readdir(folder)).toEqual(['film.mp4']);
  }, 240_000);

  it('when the file changes while it is seeded: no byte of the new one is served as the old', async () => {
    const folder = await folderWithFilm();
    await holder(folder, 2_000_000);
    const bob = stack.use(await startHome());
    await join(bob, archive.origin, 'bob');
    await request(bob, film.id);
    await until('some has arrived', async () => (await item(bob)).progress > 0.1);
    await appendFile(joinPath(folder, 'film.mp4'), 'more');
    await until('nobody serves it any more', async () => (await item(bob)).peers === 0);
    expect((await item(bob)).progress).toBeLessThan(1);
    await writeFile(joinPath(folder, 'another copy.mp4'), bytes);
    await comes(bob);
  }, 240_000);

  it('when a second home of the same person, empty, syncs: the site still lists what the first one told', async () => {
    await holder(await folderWithFilm());
    const second = stack.use(await startHome());
    await join(second, archive.origin, 'ann');
    const folder = await mkdtemp(joinPath(tmpdir(), 'lsd-scenario-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    await share(second, folder, archive.origin);
    expect(await second.call('site.sync', {})).toMatchObject([{ added: 0, removed: 0, kept: 1, ids: 0 }]);
    const bob = stack.use(await startHome());
    await join(bob, archive.origin, 'bob');
    await request(bob, film.id);
    await comes(bob);
  }, 180_000);
});

const isRoot = process.getuid?.() === 0;
describe.skipIf(!isRoot)('nothing is lost on a full disk (needs root, to mount a small one)', () => {
  let disk: string;
  beforeAll(async () => {
    disk = await mkdtemp(joinPath(tmpdir(), 'lsd-disk-'));
  });
  beforeEach(() => {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=10m', 'tmpfs', disk]);
  });
  afterEach(async () => {
    await stack.disposeAsync();
    execFileSync('umount', [disk]);
  });
  afterAll(() => rm(disk, { recursive: true, force: true }));

  it('while it downloads: it waits and says why, and goes on when there is room', async () => {
    await holder(await folderWithFilm());
    const bob = stack.use(await startHome([], disk));
    await join(bob, archive.origin, 'bob');
    await request(bob, film.id);
    const waiting = await until('it waits for room', async () => {
      const now = await item(bob);
      return now.reason === 'no-space' && now;
    });
    expect(waiting.state).toBe('waiting');
    execFileSync('mount', ['-o', 'remount,size=64m', disk]);
    await comes(bob);
  }, 240_000);

  it('while the database writes: the call fails with a sentence, and what was there stays', async () => {
    const bob = stack.use(await startHome([], disk));
    await join(bob, archive.origin, 'bob');
    const folder = await folderWithFilm();
    await mkdir(joinPath(disk, 'filler'));
    await writeFile(joinPath(disk, 'filler', 'full'), Buffer.alloc(16 * 1024 * 1024)).catch(() => {});
    const failed = await bob.cli(['folder', 'add', folder]);
    expect(await bob.call('site.list', {})).toMatchObject([{ origin: archive.origin }]);
    await rm(joinPath(disk, 'filler'), { recursive: true });
    if (failed.code !== 0) expect(failed.stderr).toMatch(/disk|space|full/i);
    expect(await bob.cli(['folder', 'add', folder])).toMatchObject({ code: 0 });
    await bob.kill('SIGKILL');
    await bob.start();
    expect(await bob.call('folder.list', {})).toMatchObject([{ path: folder, files: 1 }]);
  }, 180_000);
});
