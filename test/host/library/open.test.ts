/** Held files are read in place, and never give a byte that is not theirs. */

import { appendFile, rename, rm, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Content } from '../../../host/core/content.ts';
import type { FileStamp } from '../../../host/core/ports.ts';
import { type Id, parseId } from '../../../shared/id.ts';
import { createWorld, patterned, sha1, type World } from './world.ts';

const never = new AbortController().signal;

async function shared(size: number): Promise<{ world: World; id: Id; path: string }> {
  const world = await createWorld();
  const path = world.at('films/a.mkv');
  const id = parseId(await world.write(path, patterned(size)))!;
  await world.share(world.at('films'));
  return { world, id, path };
}

async function bytesOf(content: Content, start = 0, end = content.size): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of content.read({ start, end }, never)) chunks.push(chunk);
  return Buffer.concat(chunks);
}

/** As if it had been fetched to this place, by the first of its torrents. */
function recordDownload({ catalogue }: World, id: Id, stamp: FileStamp, path: string): void {
  const { infoHash } = catalogue.torrentsOf(id)[0]!;
  catalogue.recordDownload({
    id,
    path,
    stamp,
    size: stamp.size,
    extension: 'mkv',
    sha256: null,
    infoHash,
    verifiedAt: 1,
  });
}

describe('an open file', () => {
  it('gives any range', async () => {
    const { world, id } = await shared(3_000_000);
    await using content = (await world.library.open(id))!;
    expect(content).toMatchObject({ size: 3_000_000, extension: 'mkv', verified: true });
    expect(sha1(await bytesOf(content))).toBe(id);
    expect([...(await bytesOf(content, 250, 253))]).toEqual([250, 0, 1]);
    expect(await bytesOf(content, 5, 5)).toHaveLength(0);
    const both = await Promise.all([bytesOf(content, 0, 1_500_000), bytesOf(content, 1_500_000)]);
    expect(sha1(Buffer.concat(both))).toBe(id);
  });

  it('stops when its reader goes away', async () => {
    const { world, id } = await shared(3_000_000);
    await using content = (await world.library.open(id))!;
    const stop = new AbortController();
    const reading = (async () => {
      for await (const _ of content.read({ start: 0, end: content.size }, stop.signal)) stop.abort();
    })();
    await expect(reading).rejects.toThrow(/abort/i);
  });

  it.each([
    ['grows', (path: string) => appendFile(path, 'x')],
    ['shrinks', (path: string) => truncate(path, 1_000_000)],
    ['is overwritten and dated back', overwrite],
    ['is replaced by another of its name', replace],
  ])('gives nothing more once it %s, and is hashed again', async (_, change) => {
    const { world, id, path } = await shared(3_000_000);
    await using content = (await world.library.open(id))!;
    const reader = content.read({ start: 0, end: content.size }, never)[Symbol.asyncIterator]();
    expect((await reader.next()).done).toBe(false);
    await change(path);
    await expect(reader.next()).rejects.toMatchObject({ code: 'not-found' });
    await world.until(() => world.shared().length === 1 && world.shared()[0] !== id, 'the new bytes are known');
    expect(await world.library.open(id)).toBeUndefined();
  });

  it('is read on under its old name when it was only renamed', async () => {
    const { world, id, path } = await shared(3_000_000);
    await using before = (await world.library.open(id))!;
    await rename(path, world.at('films/b.mkv'));
    await world.until(() => world.catalogue.file(world.at('films/b.mkv')), 'the new name is known');
    await using after = (await world.library.open(id))!;
    expect(sha1(await bytesOf(after))).toBe(id);
    expect(before.size).toBe(3_000_000);
  });
});

async function replace(path: string): Promise<void> {
  const other = join(dirname(dirname(path)), 'other');
  await writeFile(other, patterned(3_000_001));
  await rename(other, path);
}

async function overwrite(path: string): Promise<void> {
  const { atime, mtime, size } = await stat(path);
  await writeFile(path, new Uint8Array(size));
  await utimes(path, atime, mtime);
}

describe('opening an id', () => {
  it('takes the next path that holds it', async () => {
    const { world, id, path } = await shared(1000);
    await world.write(world.at('films/b.mkv'), patterned(1000));
    await world.until(() => world.catalogue.pathsOf(id).length === 2, 'both paths are known');
    await rm(path);
    await using content = (await world.library.open(id))!;
    expect(sha1(await bytesOf(content))).toBe(id);
  });

  it('gives nothing where nothing holds it', async () => {
    const { world, id, path } = await shared(1000);
    await rm(path);
    expect(await world.library.open(id)).toBeUndefined();
    expect(await world.library.open(parseId('0'.repeat(40))!)).toBeUndefined();
  });

  it('forgets at the start a download that is gone since, and tells of it', async () => {
    const { world, id, path } = await shared(1000);
    recordDownload(world, id, world.catalogue.file(path)!.stamp, world.at('home/downloads/gone.mkv'));
    const lost = world.next('download.lost');
    await world.restart();
    expect(await lost).toEqual({ id });
    expect(world.catalogue.download(id)).toBeUndefined();
    expect(world.catalogue.held(id)).toBeDefined();
  });

  it('keeps a download that was only touched, and forgets one that is gone', async () => {
    const { world, id, path } = await shared(1000);
    const { stamp } = world.catalogue.file(path)!;
    const place = world.at('home/downloads/a.mkv');
    await world.write(place, patterned(1000));
    recordDownload(world, id, stamp, place);
    await world.library.remove(world.at('films'));
    expect(await world.library.open(id)).toBeUndefined();
    await world.until(() => world.catalogue.download(id)?.stamp.inode !== stamp.inode, 'the download was checked');
    await using content = (await world.library.open(id))!;
    expect(sha1(await bytesOf(content))).toBe(id);
    await rm(place);
    world.library.suspect(place);
    await world.until(() => !world.catalogue.held(id), 'the download is forgotten');
  });
});
