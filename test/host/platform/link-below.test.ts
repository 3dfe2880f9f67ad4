/** Second names below a folder that nothing may leave. */

import { statfsSync } from 'node:fs';
import { mkdir, mkdtemp, readFile, realpath, rm, stat, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { linkBelow } from '../../../host/platform/link-below.ts';

const SHM = '/dev/shm';
const hasTwoDisks = process.platform === 'linux' && statfsSync(SHM).type !== statfsSync(tmpdir()).type;

let dir: string;
let root: string;
let film: string;
beforeEach(async () => {
  dir = await realpath(await mkdtemp(join(tmpdir(), 'lsd-link-')));
  root = join(dir, 'root');
  await mkdir(root);
  film = join(dir, 'film');
  await writeFile(film, 'a film');
});
afterEach(() => rm(dir, { recursive: true }));

it('gives a file another name, makes the folders to it, and says when it has that already', async () => {
  const to = join(root, 'a/b/film');
  expect(await linkBelow(root, film, to)).toBe(true);
  expect((await stat(to)).ino).toBe((await stat(film)).ino);
  expect(await linkBelow(root, film, to)).toBe(false);
});

it('takes no name of another, nor the one that the file has', async () => {
  await writeFile(join(root, 'film'), 'another film');
  const taken = { code: 'invalid', params: { reason: 'name-taken' } };
  await expect(linkBelow(root, film, join(root, 'film'))).rejects.toMatchObject(taken);
  await expect(linkBelow(dir, film, film)).rejects.toMatchObject(taken);
  expect(await readFile(join(root, 'film'), 'utf8')).toBe('another film');
});

it('follows no link that leads outside', async () => {
  await mkdir(join(dir, 'outside'));
  await symlink(join(dir, 'outside'), join(root, 'way'));
  await expect(linkBelow(root, film, join(root, 'way/film'))).rejects.toMatchObject({ code: 'denied' });
  await expect(stat(join(dir, 'outside/film'))).rejects.toThrow('ENOENT');
});

it.skipIf(!hasTwoDisks)('copies to another disk', async () => {
  const other = await mkdtemp(join(SHM, 'lsd-link-'));
  try {
    expect(await linkBelow(other, film, join(other, 'film'))).toBe(true);
    expect(await readFile(join(other, 'film'), 'utf8')).toBe('a film');
    await expect(linkBelow(other, film, join(other, 'film'))).rejects.toMatchObject({ code: 'invalid' });
  } finally {
    await rm(other, { recursive: true });
  }
});
