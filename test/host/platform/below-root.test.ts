/** Paths that nothing leaves the root by, whatever links lie in it. */

import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, realpath, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { isInside, openBelow, pathBelow, removeBelow, removeEmptyBelow } from '../../../host/platform/below-root.ts';

let home: string;
let root: string;
let outside: string;

beforeEach(async () => {
  home = await realpath(await mkdtemp(join(tmpdir(), 'lsd-below-')));
  root = join(home, 'root');
  outside = join(home, 'outside');
  for (const each of [root, outside, `${root}2`, join(root, 'in')]) await mkdir(each);
  await symlink(outside, join(root, 'out'));
  await symlink('in', join(root, 'link'));
  await symlink(join(home, 'nowhere'), join(root, 'dangling'));
});
afterEach(() => rm(home, { recursive: true }));

it.each([
  ['.', ''],
  ['in', 'in'],
  ['new/folder', 'new/folder'],
  ['link/x', 'in/x'],
  ['in/../in', 'in'],
])('%s lies inside', async (asked, path) => {
  expect(await pathBelow(root, asked)).toBe(join(root, path));
  expect(await pathBelow(root, join(root, asked))).toBe(join(root, path));
});

it.each(['..', '../root2', 'in/../../outside', '/etc', 'out', 'out/x', 'dangling', 'dangling/x'])(
  '%s leads outside',
  async asked => {
    await expect(pathBelow(root, asked)).rejects.toMatchObject({ code: 'denied' });
    expect(await readdir(outside)).toEqual([]);
  },
);

it('takes no NUL, and no folder that only begins like the root', async () => {
  await expect(pathBelow(root, 'a\0b')).rejects.toMatchObject({ code: 'invalid' });
  await expect(pathBelow(root, `${root}2/a`)).rejects.toMatchObject({ code: 'denied' });
  expect([isInside('/a', '/a'), isInside('/a', '/a/b'), isInside('/a', '/ab'), isInside('/', '/a')]).toEqual([
    true,
    true,
    false,
    true,
  ]);
});

it('takes a root that is a link itself', async () => {
  const named = join(home, 'named');
  await symlink(root, named);
  expect(await pathBelow(named, 'in')).toBe(join(root, 'in'));
  expect(await pathBelow(named, join(named, 'in'))).toBe(join(root, 'in'));
  expect(await pathBelow(named, join(root, 'in'))).toBe(join(root, 'in'));
});

it('makes folders for what is written, and none for what is read', async () => {
  await expect(openBelow(root, join(root, 'a/b/c'), 'reading')).rejects.toMatchObject({ code: 'ENOENT' });
  expect(existsSync(join(root, 'a'))).toBe(false);
  {
    await using file = await openBelow(root, join(root, 'link/b/c'), 'writing');
    await file.writeFile('x');
  }
  expect(await readFile(join(root, 'in/b/c'), 'utf8')).toBe('x');
});

it.each(['out/x', 'out', 'dangling', 'in/leads'])('opens nothing behind a link that leads out: %s', async path => {
  await writeFile(join(outside, 'file'), 'secret');
  await symlink(join(outside, 'file'), join(root, 'in/leads'));
  for (const what of ['reading', 'writing'] as const) {
    await expect(openBelow(root, join(root, path), what)).rejects.toMatchObject({ code: 'denied' });
  }
  expect(await readdir(outside)).toEqual(['file']);
  expect(existsSync(join(home, 'nowhere'))).toBe(false);
});

it('opens no pipe and no folder', async () => {
  spawnSync('mkfifo', [join(root, 'pipe')]);
  await expect(openBelow(root, join(root, 'pipe'), 'reading')).rejects.toMatchObject({ code: 'not-found' });
  await expect(openBelow(root, join(root, 'in'), 'writing')).rejects.toThrow();
});

it('deletes files and empty folders, never through a link', async () => {
  await mkdir(join(root, 'in/a/b'), { recursive: true });
  for (const path of ['in/a/b/one', 'in/mine']) await writeFile(join(root, path), 'x');
  await writeFile(join(outside, 'two'), 'x');
  await removeBelow(root, join(root, 'link'), ['mine']);
  await removeBelow(root, join(root, 'out'), ['two']);
  await removeBelow(root, root, ['out', 'missing']);
  await removeBelow(root, join(root, 'in/a/b'), ['one', 'another']);
  expect(await readdir(root)).toContain('out');
  await removeEmptyBelow(root, join(root, 'in/a/b'), root);
  expect(await readdir(join(root, 'in'))).toEqual(['mine']);
  expect(await readdir(outside)).toEqual(['two']);
});
