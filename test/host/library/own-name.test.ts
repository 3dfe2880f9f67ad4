import { lstat, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { listedAs } from '../../../host/library/own-name.ts';
import type { Disk } from '../../../host/library/walk.ts';

async function folderWith(...names: string[]): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lsd-own-name-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (const name of names) await writeFile(join(folder, name), name);
  return folder;
}

/** The machine's, and how often a directory of it was read. */
function createDisk({ minds }: { minds: 'case' | 'no case' }) {
  const counts = { reads: 0 };
  const folded = (name: string) => name.normalize('NFD').toLowerCase();
  const disk: Disk = {
    async lstat(path) {
      const names = await readdir(dirname(path));
      const name = basename(path);
      const there = minds === 'case' ? name : (names.find(each => folded(each) === folded(name)) ?? name);
      return lstat(join(dirname(path), there), { bigint: true });
    },
    readdir(path) {
      counts.reads++;
      return readdir(path, { withFileTypes: true });
    },
  };
  return { disk, counts };
}

it.each([
  ['FILM.mkv', 'film.mkv'],
  ['film.mkv', 'FILM.mkv'],
  ['Été.mkv'.normalize('NFC'), 'ÉTÉ.mkv'.normalize('NFD')],
])('what is listed as %s is found by %s where no case is minded', async (listed, asked) => {
  const folder = await folderWith(listed, 'other.mkv');
  const { disk } = createDisk({ minds: 'no case' });
  expect(await listedAs(join(folder, asked), disk)).toBe(join(folder, listed));
  expect(await listedAs(join(folder, listed), disk)).toBe(join(folder, listed));
});

it('where the case is minded a name is its own, and no directory is read for it', async () => {
  const folder = await folderWith('film.mkv', '1922');
  const { disk, counts } = createDisk({ minds: 'case' });
  for (const name of ['film.mkv', '1922']) expect(await listedAs(join(folder, name), disk)).toBe(join(folder, name));
  expect(counts.reads).toBe(0);
});

it('two files whose names differ in their case alone are two', async () => {
  const folder = await folderWith('film.mkv', 'FILM.MKV');
  const { disk } = createDisk({ minds: 'case' });
  for (const name of ['film.mkv', 'FILM.MKV'])
    expect(await listedAs(join(folder, name), disk)).toBe(join(folder, name));
});
