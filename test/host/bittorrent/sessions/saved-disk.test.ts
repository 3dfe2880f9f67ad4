/** A saved torrent's files get other names: all of them, or none. */

import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { parseInfo } from '../../../../host/bittorrent/metainfo.ts';
import { savedLayout } from '../../../../host/bittorrent/pieces/files-layout.ts';
import { assertFree, linkAll, removeSaved } from '../../../../host/bittorrent/sessions/saved-disk.ts';
import { manyFiles } from '../../../support/many-files.ts';

const { signal } = new AbortController();
const torrent = manyFiles(
  [
    { path: 'a', size: 10 },
    { path: 'deep/b', size: 20 },
    { path: 'not-begun', size: 30 },
  ],
  {
    name: 'Films',
  },
);
const metainfo = parseInfo(torrent.info);

let root: string;
const lying = (name: string | null, folder = root) => ({
  place: { root, folder },
  layout: savedLayout(metainfo, name),
});
beforeEach(async () => {
  root = await realpath(await mkdtemp(join(tmpdir(), 'lsd-saved-')));
  await torrent.write(root);
  await rm(join(root, 'Films/not-begun'));
  await rm(join(root, `${torrent.infoHash}.torrent`));
});
afterEach(() => rm(root, { recursive: true }));

it('lie by both names until the first is taken away', async () => {
  const to = lying('Others', join(root, 'there'));
  await linkAll(lying(null), to, signal);
  await removeSaved(lying(null).place, lying(null).layout, torrent.infoHash);
  expect((await readdir(join(root, 'there/Others'), { recursive: true })).sort()).toEqual(['a', 'deep', 'deep/b']);
  expect((await readFile(join(root, 'there/Others/deep/b'))).equals(torrent.files[1]!.bytes)).toBe(true);
  expect(await readdir(root)).not.toContain('Films');
});

it('take no folder that is there, and nothing stays of what was called off', async () => {
  await mkdir(join(root, 'Others'));
  const taken = assertFree(lying('Others'));
  await expect(taken).rejects.toMatchObject({ code: 'invalid', params: { reason: 'name-taken' } });
  // At the second file.
  const stop = new AbortController();
  const to = lying('Thirds');
  const [first, ...rest] = to.layout;
  const layout = [
    {
      ...first!,
      get path() {
        stop.abort(new Error('enough'));
        return first!.path;
      },
    },
    ...rest,
  ];
  await expect(linkAll(lying(null), { ...to, layout }, stop.signal)).rejects.toThrow('enough');
  expect((await readdir(root)).sort()).toEqual(['Films', 'Others']);
});

it('a link that leads out of the root is no file of the torrent', async () => {
  const outside = await mkdtemp(join(tmpdir(), 'lsd-outside-'));
  await writeFile(join(outside, 'secret'), 'x');
  await rm(join(root, 'Films/a'));
  await symlink(join(outside, 'secret'), join(root, 'Films/a'));
  await linkAll(lying(null), lying('Others'), signal);
  expect((await readdir(join(root, 'Others'), { recursive: true })).sort()).toEqual(['deep', 'deep/b']);
  await rm(outside, { recursive: true });
});
