/** Bytes that changed while the date of the file did not: never given out, told, and no new file. */

import { open, readFile, rename, rm, stat, utimes } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { stampOf } from '../../../host/platform/files.ts';
import { type Id, parseId } from '../../../shared/id.ts';
import { createWorld, patterned, sha1, type World } from './world.ts';

const never = new AbortController().signal;
const PACE = { rate: null, priority: 'normal', verifyDays: 1 } as const;
const DAY_MS = 86_400_000;
const SIZE = 300_000;
const DATE = new Date(1_600_000_000_000);

interface Told {
  world: World;
  id: Id;
  path: string;
  /** what was told of files, in order */
  told: { path: string; rotten: boolean }[];
}

/** A shared folder with one file, of a date that can be set again exactly. */
async function shared(): Promise<Told> {
  const world = await createWorld({ verifyEveryMs: 10 });
  const path = world.at('films/a.mkv');
  const id = parseId(await world.write(path, patterned(SIZE)))!;
  await utimes(path, DATE, DATE);
  const told: Told['told'] = [];
  world.events.on('file.rotten', ({ path: where, rotten }) => told.push({ path: where, rotten }));
  await world.share(world.at('films'));
  return { world, id, path, told };
}

/** Turns over one bit in the middle of the file and dates it back, as often as it is called. */
async function flip(path: string): Promise<void> {
  const file = await open(path, 'r+');
  const byte = new Uint8Array(1);
  await file.read(byte, 0, 1, SIZE / 2);
  await file.write(
    byte.map(value => value ^ 1),
    0,
    1,
    SIZE / 2,
  );
  await file.utimes(DATE, DATE);
  await file.close();
}

/** What a disk does that fails: the very stamp that was recorded, and another byte. */
async function rotUnseen({ world, path }: Told): Promise<void> {
  await world.library.close();
  await flip(path);
  const file = world.catalogue.file(path)!;
  const stamp = stampOf(await stat(path, { bigint: true }));
  world.catalogue.recordFile({ ...file, stamp, verifiedAt: 1 }, world.catalogue.torrentsOf(file.id)[0]!);
  world.hashed.length = 0;
  await world.restart();
}

function expectHidden({ world, id, path }: Told): void {
  expect(world.shared()).toEqual([]);
  expect(world.catalogue.heldCount()).toBe(0);
  expect(world.catalogue.torrentsOf(id)).toEqual([]);
  expect(world.library.rotten()).toMatchObject([{ path, id }]);
}

describe('a byte that changed by itself', () => {
  it('is found when the file is read again; its file is hidden, told, and left alone, also after a restart', async () => {
    const home = await shared();
    const { world, id, path, told } = home;
    await rotUnseen(home);
    await world.library.settled(world.at('films'), AbortSignal.timeout(10_000));
    expect(world.hashed).toEqual([]);
    const changed = world.next('library.changed');
    world.library.setPace(PACE);
    await world.until(() => told.length > 0, 'it is told');
    expect(told).toEqual([{ path, rotten: true }]);
    expect(await changed).toEqual({ folders: [world.catalogue.folders()[0]!.id] });
    expectHidden(home);
    expect(await world.library.open(id)).toBeUndefined();
    await world.restart();
    await world.library.settled(world.at('films'), AbortSignal.timeout(10_000));
    expectHidden(home);
    expect(world.hashed).toEqual([path]);
  });

  it('is not read by one who had the file open', async () => {
    const home = await shared();
    const { world, id, told } = home;
    await rotUnseen(home);
    await using content = (await world.library.open(id))!;
    world.library.setPace(PACE);
    await world.until(() => told.length > 0, 'it is told');
    const reading = content.read({ start: 0, end: 10 }, never)[Symbol.asyncIterator]().next();
    await expect(reading).rejects.toMatchObject({ code: 'not-found' });
  });
});

describe('a byte that another program changed, keeping the date', () => {
  it('makes no new file of it, under this name or another', async () => {
    const home = await shared();
    const { world, path, told } = home;
    await flip(path);
    await world.until(() => told.length === 1, 'it is told');
    expectHidden(home);
    await rename(path, world.at('films/b.mkv'));
    await world.until(() => told.length === 3, 'the old name is forgotten');
    expectHidden({ ...home, path: world.at('films/b.mkv') });
  });

  it('is forgiven when it is changed back', async () => {
    const { world, id, path, told } = await shared();
    await flip(path);
    await world.until(() => told.length === 1, 'it is told');
    await flip(path);
    await world.until(() => world.shared().length === 1, 'it is shared again');
    expect(world.shared()).toEqual([id]);
    expect(told).toEqual([
      { path, rotten: true },
      { path, rotten: false },
    ]);
    expect(world.library.rotten()).toEqual([]);
  });

  it('is a new file once somebody touches it', async () => {
    const { world, id, path, told } = await shared();
    await flip(path);
    await world.until(() => told.length === 1, 'it is told');
    await utimes(path, new Date(), new Date());
    await world.until(() => world.shared().length === 1, 'it is shared again');
    expect(world.shared()).not.toEqual([id]);
    expect(world.library.rotten()).toEqual([]);
  });

  it('is forgotten with its file', async () => {
    const { world, path, told } = await shared();
    await flip(path);
    await world.until(() => told.length === 1, 'it is told');
    await rm(path);
    await world.until(() => told.length === 2, 'it is forgotten');
    expect(world.library.rotten()).toEqual([]);
  });
});

describe('reading again', () => {
  it('begins with what was moved: who changed it, kept its date and renamed it looks the same', async () => {
    const { world, id, path, told } = await shared();
    for (const name of ['b', 'c']) await world.write(world.at(`films/${name}.mkv`), name);
    await world.until(() => world.shared().length === 3, 'all are read');
    for (const name of ['b', 'c']) world.catalogue.markVerified([world.at(`films/${name}.mkv`)], 1);
    await world.library.close();
    await flip(path);
    const moved = world.at('films/z.mkv');
    await rename(path, moved);
    world.hashed.length = 0;
    await world.restart();
    await world.until(() => world.catalogue.file(moved), 'it is found where it is now');
    expect(world.hashed).toEqual([]);
    world.library.setPace(PACE);
    await world.until(() => told.length > 0, 'its bytes are read');
    expect(world.hashed[0]).toBe(moved);
    expect(world.shared()).not.toContain(id);
  });

  it('goes on after a restart where it stopped, the longest unread first, and leaves what was read lately', async () => {
    const world = await createWorld({ verifyEveryMs: 10 });
    const paths = ['a', 'b', 'c', 'd'].map(name => world.at(`films/${name}.mkv`));
    for (const path of paths) await world.write(path, path);
    await world.share(world.at('films'));
    const [a, b, c] = paths as [string, string, string];
    for (const [at, path] of [c, a, b].entries()) world.catalogue.markVerified([path], at + 1);
    world.hashed.length = 0;
    let go = () => {};
    world.gate = path => (path === a ? new Promise<void>(resolve => (go = resolve)) : undefined);
    world.library.setPace(PACE);
    await world.until(() => world.hashed.includes(a), 'the second is read');
    world.library.setPace({ ...PACE, verifyDays: null });
    go();
    await world.restart();
    expect(world.hashed).toEqual([c, a]);
    world.hashed.length = 0;
    world.gate = () => undefined;
    world.library.setPace(PACE);
    await world.until(() => world.catalogue.file(b)!.verifiedAt > 3, 'the last is read');
    expect(world.hashed).toEqual([a, b]);
    expect(world.shared()).toEqual(paths.map(sha1).sort());
  });

  it('leaves a file that could not be read for a day, and reads it then', async () => {
    let ahead = 0;
    const world = await createWorld({ verifyEveryMs: 10, clock: { now: () => Date.now() + ahead } });
    const [a, b] = [world.at('films/a.mkv'), world.at('films/b.mkv')] as const;
    for (const path of [a, b]) await world.write(path, path);
    await world.share(world.at('films'));
    world.catalogue.markVerified([a, b], 1);
    world.hashed.length = 0;
    world.gate = path => (path === a ? Promise.reject(new Error('EIO')) : undefined);
    const isRead = (path: string) => world.catalogue.file(path)!.verifiedAt > 2;
    world.library.setPace(PACE);
    await world.until(() => world.hashed.includes(a) && isRead(b), 'both are tried');
    world.gate = () => undefined;
    world.catalogue.markVerified([b], 2);
    await world.until(() => isRead(b), 'the other is read in a later part');
    expect(world.hashed.filter(path => path === a)).toHaveLength(1);
    ahead = DAY_MS;
    await world.until(() => isRead(a), 'it is read');
  });

  it('leaves files of a missing folder', async () => {
    const home = await shared();
    const { world, path } = home;
    await rename(world.at('films'), world.at('away'));
    await world.until(() => world.library.list()[0]!.state === 'missing', 'the folder is missing');
    world.catalogue.markVerified([path], 1);
    world.hashed.length = 0;
    await world.write(world.at('other/b.mkv'), 'b');
    await world.share(world.at('other'));
    world.catalogue.markVerified([world.at('other/b.mkv')], 2);
    world.library.setPace(PACE);
    await world.until(() => world.catalogue.file(world.at('other/b.mkv'))!.verifiedAt > 2, 'the other is read');
    expect(world.hashed.filter(each => each === path)).toEqual([]);
    expect(world.catalogue.file(path)).toBeDefined();
  });

  it('reads downloads too: one that is right stays, one that rotted is lost and told', async () => {
    const { world, id, path } = await shared();
    const { infoHash } = world.catalogue.torrentsOf(id)[0]!;
    const place = world.at('home/downloads/a.mkv');
    await world.write(place, patterned(SIZE));
    await utimes(place, DATE, DATE);
    const record = async () => {
      const stamp = stampOf(await stat(place, { bigint: true }));
      world.catalogue.recordDownload({
        id,
        path: place,
        stamp,
        size: SIZE,
        extension: 'mkv',
        sha256: null,
        infoHash,
        verifiedAt: 1,
      });
    };
    await record();
    await world.library.remove(world.at('films'));
    world.library.setPace(PACE);
    await world.until(() => world.catalogue.leastChecked(2).length === 0, 'the download is read');
    // When it arrived is another thing: quotas and the end of seeding count from it.
    expect(world.catalogue.download(id)!.verifiedAt).toBe(1);
    world.library.setPace({ ...PACE, verifyDays: null });
    await flip(place);
    await record();
    const lost = world.next('download.lost');
    world.library.setPace(PACE);
    expect(await lost).toEqual({ id });
    expect(world.catalogue.held(id)).toBeUndefined();
    expect(sha1(await readFile(path))).toBe(id);
  });
});
