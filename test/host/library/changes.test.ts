/** Files that come, change, move and go while the library watches. */

import { appendFile, link, mkdir, rename, rm, truncate } from 'node:fs/promises';
import { describe, expect, it } from 'vitest';
import { parseId } from '../../../shared/id.ts';
import { createWorld, SITE, sha1 } from './world.ts';

describe('a watched folder', () => {
  it('takes up a new file, also in a new directory', async () => {
    const world = await createWorld();
    await world.write(world.at('films/a.mkv'), 'a');
    await world.share(world.at('films'));
    const b = await world.write(world.at('films/new/deep/b.mkv'), 'b');
    await world.until(() => world.shared().includes(b), 'the new file is shared');
  });

  it('sees into a directory that came whole, was renamed, or took the place of another', async () => {
    const world = await createWorld();
    await mkdir(world.at('films'));
    await world.write(world.at('away/one/two/a.mkv'), 'a');
    await world.share(world.at('films'));
    await rename(world.at('away'), world.at('films/here'));
    await world.until(() => world.shared().length === 1, 'what came is shared');
    const b = await world.write(world.at('films/here/one/two/b.mkv'), 'b');
    await world.until(() => world.shared().includes(b), 'a later file in it is shared');
    await rename(world.at('films/here'), world.at('films/there'));
    await world.until(() => world.catalogue.file(world.at('films/there/one/two/b.mkv')), 'its new name is known');
    const c = await world.write(world.at('films/there/one/two/c.mkv'), 'c');
    await world.until(() => world.shared().includes(c), 'a later file under its new name is shared');
    await rm(world.at('films/there'), { recursive: true });
    await world.write(world.at('films/there/one/d.mkv'), 'd');
    await world.until(() => world.shared().length === 1, 'what took its place is shared, and nothing else');
    const e = await world.write(world.at('films/there/one/e.mkv'), 'e');
    await world.until(() => world.shared().includes(e), 'a later file in that is shared');
  });

  it('hashes a changed file again and forgets what it was', async () => {
    const world = await createWorld();
    const before = await world.write(world.at('films/a.mkv'), 'before');
    await world.share(world.at('films'));
    expect(world.shared()).toEqual([before]);
    const after = await world.write(world.at('films/a.mkv'), 'after!');
    await world.until(() => world.shared()[0] === after, 'the new bytes are shared');
    expect(world.catalogue.held(parseId(before)!)).toBeUndefined();
    expect(world.catalogue.torrentsOf(parseId(before)!)).toEqual([]);
  });

  it('forgets a deleted and an emptied file', async () => {
    const world = await createWorld();
    await world.write(world.at('films/a.mkv'), 'a');
    await world.write(world.at('films/b.mkv'), 'b');
    const c = await world.write(world.at('films/c.mkv'), 'c');
    await world.share(world.at('films'));
    await rm(world.at('films/a.mkv'));
    await truncate(world.at('films/b.mkv'));
    await world.until(() => world.shared().length === 1, 'one file is left');
    expect(world.shared()).toEqual([c]);
  });

  it('does not hash a renamed file again', async () => {
    const world = await createWorld();
    const a = await world.write(world.at('films/a.mkv'), 'a');
    await world.share(world.at('films'));
    await rename(world.at('films/a.mkv'), world.at('films/renamed.mkv'));
    await world.until(() => world.catalogue.file(world.at('films/renamed.mkv')), 'the new name is known');
    await world.until(() => !world.catalogue.file(world.at('films/a.mkv')), 'the old name is forgotten');
    expect(world.shared()).toEqual([a]);
    expect(world.hashed).toHaveLength(1);
  });

  it('does not hash again what moved to another folder, with its directory', async () => {
    const world = await createWorld();
    const ids: string[] = [];
    for (const name of ['a', 'b', 'c']) ids.push(await world.write(world.at(`one/sub/${name}.mkv`), name));
    await mkdir(world.at('two'));
    await world.share(world.at('one'));
    await world.share(world.at('two'));
    await rename(world.at('one/sub'), world.at('two/sub'));
    await world.until(
      () => [...world.catalogue.filesUnder(world.at('two'))].length === 3,
      'the files are in the other',
    );
    await world.until(() => [...world.catalogue.filesUnder(world.at('one'))].length === 0, 'the first is empty');
    expect(world.shared()).toEqual(ids.sort());
    expect(world.hashed).toHaveLength(3);
  });

  it('hashes a file only when it is still', async () => {
    const world = await createWorld({ settleMs: 200 });
    await mkdir(world.at('films'));
    await world.share(world.at('films'));
    for (let part = 0; part < 8; part++) {
      await appendFile(world.at('films/growing.mkv'), `part ${part};`);
      await new Promise(resolve => setTimeout(resolve, 60));
    }
    const whole = sha1(Array.from({ length: 8 }, (_, part) => `part ${part};`).join(''));
    await world.until(() => world.shared().includes(whole), 'the whole file is shared');
    expect(world.shared()).toEqual([whole]);
  });

  it('goes by changed ignore rules at once', async () => {
    const world = await createWorld();
    const a = await world.write(world.at('films/a.mkv'), 'a');
    await world.write(world.at('films/extras/b.mkv'), 'b');
    await world.share(world.at('films'));
    await world.write(world.at('films/.letsshareignore'), 'extras/\n');
    await world.until(() => world.shared().length === 1, 'the extras are left out');
    expect(world.shared()).toEqual([a]);
    await rm(world.at('films/.letsshareignore'));
    await world.until(() => world.shared().length === 2, 'the extras are back');
  });
});

it('a change is taken up while a long scan goes on', async () => {
  const world = await createWorld();
  const slow = await world.write(world.at('films/slow.mkv'), 'slow');
  const { promise, resolve } = Promise.withResolvers<void>();
  world.gate = path => (path.endsWith('slow.mkv') ? promise : undefined);
  const { id } = await world.library.add(world.at('films'), { sites: [SITE] });
  await world.until(() => world.hashed.length === 1, 'the long scan has begun');
  const quick = await world.write(world.at('films/quick.mkv'), 'quick');
  await world.until(() => world.shared().length === 1, 'the new file is shared');
  expect(world.shared()).toEqual([quick]);
  expect(world.library.isScanning(id)).toBe(true);
  resolve();
  await world.library.settled(world.at('films'), AbortSignal.timeout(10_000));
  expect(world.shared()).toEqual([slow, quick].sort());
  expect(world.library.isScanning(id)).toBe(false);
});

describe('a rescan', () => {
  it('finds what changed while nothing ran, and hashes nothing else', async () => {
    const world = await createWorld();
    await world.write(world.at('films/a.mkv'), 'a');
    await world.write(world.at('films/b.mkv'), 'b');
    await world.share(world.at('films'));
    await world.library.close();
    world.hashed.length = 0;
    await rm(world.at('films/a.mkv'));
    const c = await world.write(world.at('films/c.mkv'), 'c');
    await world.restart();
    await world.library.settled(world.at('films'), AbortSignal.timeout(10_000));
    expect(world.shared()).toEqual([sha1('b'), c].sort());
    expect(world.hashed).toEqual([world.at('films/c.mkv')]);
  });

  it('comes by itself where nothing tells of changes', async () => {
    const world = await createWorld({ rescanMs: 100 });
    await world.write(world.at('films/a.mkv'), 'a');
    const first = world.next('library.scanned');
    await world.share(world.at('films'));
    expect(await first).toMatchObject({ changed: true });
    expect(await world.next('library.scanned')).toMatchObject({ changed: false });
    expect(world.hashed).toHaveLength(1);
    const again = world.next('library.scanned');
    await world.restart();
    expect(await again).toMatchObject({ changed: true });
  });
});

it('a big folder is looked at by a process of its own, with the same result', async () => {
  const world = await createWorld({ bigFiles: 3 });
  for (const name of ['a', 'b', 'sub/c', 'sub/d']) await world.write(world.at(`films/${name}.mkv`), name);
  await world.share(world.at('films'));
  await world.library.close();
  world.hashed.length = 0;
  await rm(world.at('films/a.mkv'));
  await rename(world.at('films/sub/c.mkv'), world.at('films/sub/z.mkv'));
  const e = await world.write(world.at('films/sub/e.mkv'), 'e');
  await world.restart();
  await world.library.settled(world.at('films'), AbortSignal.timeout(20_000));
  expect(world.shared()).toEqual([...['b', 'sub/c', 'sub/d'].map(sha1), e].sort());
  expect(world.hashed).toEqual([world.at('films/sub/e.mkv')]);
});

describe('the same bytes at two paths', () => {
  it('are one id, held as long as any path holds it', async () => {
    const world = await createWorld();
    const id = parseId(await world.write(world.at('films/b.mp4'), 'same'))!;
    await world.write(world.at('films/a.avi'), 'same');
    await world.share(world.at('films'));
    expect(world.shared()).toEqual([id]);
    expect(world.catalogue.held(id)?.extension).toBe('avi');
    expect(world.catalogue.heldCount()).toBe(1);
    await rm(world.at('films/a.avi'));
    await world.until(() => world.catalogue.pathsOf(id).length === 1, 'one path is left');
    expect(world.catalogue.held(id)?.extension).toBe('mp4');
    await rm(world.at('films/b.mp4'));
    await world.until(() => !world.catalogue.held(id), 'nothing holds it');
  });

  it('may be one file with two names', async () => {
    const world = await createWorld();
    const id = await world.write(world.at('films/a.mkv'), 'linked');
    await link(world.at('films/a.mkv'), world.at('films/b.mkv'));
    await world.share(world.at('films'));
    expect(world.shared()).toEqual([id]);
    expect(world.catalogue.pathsOf(parseId(id)!)).toHaveLength(2);
  });
});
