/** Stored `.torrent` files: read again, and not kept for ever. */

import { mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { openMetainfoStore } from '../../../host/bittorrent/metainfo-store.ts';
import { readMetainfoFile } from '../../../host/core/metainfo-file.ts';
import { manyFiles } from '../../support/many-files.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lsd-metainfo-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const torrents = [1, 2, 3, 4].map(size => manyFiles([{ path: 'a', size }]));
const day = 24 * 3600 * 1000;

it('those that nobody read for long, that are too many, or were never whole are gone at the next start', async () => {
  const store = await openMetainfoStore(folder);
  for (const [at, { infoHash, metainfo }] of torrents.entries()) {
    await store.write(infoHash, readMetainfoFile(metainfo));
    const readAt = new Date(Date.now() - (at + 1) * 10 * day);
    await utimes(join(folder, `${infoHash}.torrent`), readAt, readAt);
  }
  // Reading the oldest makes it the newest.
  const { info } = await store.read(torrents[3]!.infoHash);
  expect(info && Buffer.from(info).equals(torrents[3]!.info)).toBe(true);
  await writeFile(join(folder, `${'a'.repeat(40)}.torrent.17.new`), 'half');
  await openMetainfoStore(folder, { unreadMs: 25 * day, files: 2 });
  expect((await readdir(folder)).sort()).toEqual(
    [torrents[0]!, torrents[3]!].map(each => `${each.infoHash}.torrent`).sort(),
  );
});

it('one that was removed says nothing', async () => {
  const [{ infoHash, metainfo }] = torrents as [(typeof torrents)[0]];
  const store = await openMetainfoStore(folder);
  await store.write(infoHash, readMetainfoFile(metainfo));
  await store.remove(infoHash);
  expect((await store.read(infoHash)).info).toBeNull();
});
