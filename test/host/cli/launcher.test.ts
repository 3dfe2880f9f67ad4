/** The program starts itself in the pinned runtime once, whatever way leads there. */

import { spawnSync } from 'node:child_process';
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it, onTestFinished } from 'vitest';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

it('starts where its packages are a link to others', async () => {
  const root = await mkdtemp(join(tmpdir(), 'lsd-launcher-'));
  onTestFinished(() => rm(root, { recursive: true, force: true }));
  await cp(join(ROOT, 'bin'), join(root, 'bin'), { recursive: true });
  for (const name of ['host', 'shared', 'manifests', 'node_modules', 'package.json'])
    await symlink(join(ROOT, name), join(root, name));
  const version = (program: string) =>
    spawnSync(process.execPath, [join(program, 'bin/letsshare.mjs'), '--version'], {
      encoding: 'utf8',
      timeout: 60_000,
    });
  const { stdout, status } = version(root);
  expect(status).toBe(0);
  expect(stdout).toBe(version(ROOT).stdout);
});
