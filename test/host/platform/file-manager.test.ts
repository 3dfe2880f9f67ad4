/** A folder is shown in the file manager: the folder and nothing else. */

import { chmod, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { commandFor, revealFile } from '../../../host/platform/file-manager.ts';

let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lsd reveal $(x) '));
  vi.stubEnv('PATH', `${dir}:/usr/bin:/bin`);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  await rm(dir, { recursive: true, force: true });
});

async function manager(script: string): Promise<void> {
  await writeFile(join(dir, 'xdg-open'), `#!/bin/sh\n${script}\n`);
  await chmod(join(dir, 'xdg-open'), 0o755);
}

it('opens the folder of the file, whatever characters are in its name', async () => {
  await manager(`printf '%s|' "$@" > '${join(dir, 'asked')}'`);
  await revealFile(join(dir, 'film.mkv'), 'linux');
  expect(await readFile(join(dir, 'asked'), 'utf8')).toBe(`${dir}|`);
});

it('says where the folder is when no file manager answers', async () => {
  await manager('exit 3');
  await expect(revealFile(join(dir, 'film.mkv'), 'linux')).rejects.toThrow(`The folder is ${dir}`);
});

it('says when the folder is gone', async () => {
  await expect(revealFile(join(dir, 'gone', 'film.mkv'), 'linux')).rejects.toThrow('is not there');
});

it.each([
  ['darwin', ['open', '-R', '/a/Film.app/b.mkv']],
  ['win32', ['explorer.exe', '/select,/a/Film.app/b.mkv']],
  ['linux', ['xdg-open', '/a/Film.app']],
] as const)('on %s it starts %o', (platform, command) => {
  const { name, args } = commandFor('/a/Film.app/b.mkv', platform);
  expect([name, ...args]).toEqual(command);
});
