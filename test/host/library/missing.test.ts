/** An unmounted folder is not taken for an empty one. */

import { existsSync, mkdirSync, renameSync } from 'node:fs';
import { mkdir, rename, rm } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { missingBecause } from '../../../host/library/missing.ts';
import { parseId } from '../../../shared/id.ts';
import { createWorld, type World } from './world.ts';

describe('the rule', () => {
  it.each([
    { known: 20, vanished: 11, otherDirectory: false, missing: true },
    { known: 22, vanished: 11, otherDirectory: false, missing: false },
    { known: 10, vanished: 10, otherDirectory: false, missing: false },
    { known: 11, vanished: 11, otherDirectory: false, missing: true },
    { known: 3, vanished: 3, otherDirectory: true, missing: true },
    { known: 3, vanished: 2, otherDirectory: true, missing: false },
    { known: 0, vanished: 0, otherDirectory: true, missing: false },
  ])('of $known files $vanished vanished, another directory: $otherDirectory; missing: $missing', row => {
    expect(missingBecause(row) !== null).toBe(row.missing);
  });
});

async function worldWith(files: number): Promise<World> {
  const world = await createWorld();
  for (let at = 0; at < files; at++) await world.write(world.at(`disk/${at}.mkv`), `file ${at}`);
  await world.share(world.at('disk'));
  return world;
}

const stateOf = (world: World) => world.library.list()[0]?.state;

describe('a folder that is not there', () => {
  it('keeps what was known, offers none of it, and comes back by itself', async () => {
    const world = await worldWith(3);
    const ids = world.shared();
    const missing = world.next('folder.missing');
    await rename(world.at('disk'), world.at('away'));
    expect(await missing).toMatchObject({ path: world.at('disk') });
    expect(world.library.list()).toMatchObject([{ state: 'missing', files: 3, why: { code: 'gone' } }]);
    expect(world.shared()).toEqual([]);
    await rename(world.at('away'), world.at('disk'));
    await world.until(() => stateOf(world) === 'ready', 'the folder is there again');
    expect(world.shared()).toEqual(ids);
    expect(world.hashed).toHaveLength(3);
  });

  it('is missing where an empty mount point is left behind', async () => {
    const world = await worldWith(3);
    await rename(world.at('disk'), world.at('away'));
    await mkdir(world.at('disk'));
    await world.until(() => stateOf(world) === 'missing', 'the folder counts as missing');
    await rm(world.at('disk'), { recursive: true });
    await rename(world.at('away'), world.at('disk'));
    await world.until(() => stateOf(world) === 'ready', 'the folder is there again');
    expect(world.shared()).toHaveLength(3);
    expect(world.hashed).toHaveLength(3);
  });

  it.each(['nothing', 'an empty mount point'])('forgets nothing when it is read while %s is there', async left => {
    const world = await worldWith(3);
    await world.restart({ presenceMs: 3_600_000, rescanMs: 3_600_000 });
    await world.library.settled(world.at('disk'), AbortSignal.timeout(10_000));
    const [id] = world.shared();
    await rename(world.at('disk'), world.at('away'));
    if (left !== 'nothing') await mkdir(world.at('disk'));
    expect(await world.library.open(parseId(id)!)).toBeUndefined();
    await world.until(() => stateOf(world) === 'missing', 'the folder counts as missing');
    expect(world.library.list()).toMatchObject([{ files: 3 }]);
  });

  it.each(['nothing', 'an empty mount point'])('forgets nothing when it goes in a look, and leaves %s', async left => {
    const world = await createWorld();
    const names = Array.from({ length: 400 }, (_, at) => `${String(at).padStart(3, '0')}.mkv`);
    for (const name of names) await world.write(world.at('disk', name), name);
    await world.share(world.at('disk'));
    await world.library.close();
    const { filesUnder } = world.catalogue;
    world.catalogue.filesUnder = function* (directory, after) {
      for (const file of filesUnder(directory, after)) {
        if (file.path.endsWith('300.mkv') && !existsSync(world.at('away'))) {
          renameSync(world.at('disk'), world.at('away'));
          if (left !== 'nothing') mkdirSync(world.at('disk'));
        }
        yield file;
      }
    };
    await world.restart();
    await world.until(() => stateOf(world) === 'missing', 'the folder counts as missing');
    expect(world.catalogue.heldCount()).toBe(400);
  });

  it('is missing at the start, too', async () => {
    const world = await worldWith(3);
    await world.library.close();
    await rename(world.at('disk'), world.at('away'));
    await world.restart();
    await world.until(() => stateOf(world) === 'missing', 'the folder counts as missing');
    expect(world.library.list()).toMatchObject([{ files: 3 }]);
  });

  it('may be confirmed to be gone', async () => {
    const world = await worldWith(3);
    await rm(world.at('disk'), { recursive: true });
    await world.until(() => stateOf(world) === 'missing', 'the folder counts as missing');
    expect(await world.library.confirm(world.at('disk'))).toMatchObject({ state: 'ready', files: 0 });
    await world.restart();
    await world.library.settled(world.at('disk'), AbortSignal.timeout(10_000));
    expect(stateOf(world)).toBe('ready');
  });
});

describe('a folder of which more than half vanished', () => {
  it('is missing until the person confirms', async () => {
    const world = await worldWith(20);
    await world.library.close();
    for (let at = 0; at < 12; at++) await rm(world.at(`disk/${at}.mkv`));
    await world.restart();
    await world.until(() => stateOf(world) === 'missing', 'the folder counts as missing');
    expect(world.library.list()).toMatchObject([{ files: 20, why: { code: 'vanished', vanished: 12, known: 20 } }]);
    expect(await world.library.confirm(world.at('disk'))).toMatchObject({ state: 'ready', files: 8 });
    expect(world.shared()).toHaveLength(8);
  });

  it('is there when its files were only moved within it', async () => {
    const world = await worldWith(20);
    await world.library.close();
    await mkdir(world.at('disk/sub'));
    for (let at = 0; at < 20; at++) await rename(world.at(`disk/${at}.mkv`), world.at(`disk/sub/${at}.mkv`));
    await world.restart();
    expect(await world.library.settled(world.at('disk'), AbortSignal.timeout(10_000))).toMatchObject({
      state: 'ready',
      files: 20,
    });
    expect(world.hashed).toHaveLength(20);
  });
});

it('ten files that are deleted are deleted', async () => {
  const world = await worldWith(10);
  for (let at = 0; at < 10; at++) await rm(world.at(`disk/${at}.mkv`));
  await world.until(() => world.shared().length === 0, 'nothing is shared');
  expect(world.library.list()).toMatchObject([{ state: 'ready', files: 0 }]);
});
