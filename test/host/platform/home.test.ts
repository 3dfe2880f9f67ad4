/** A home where none can be made. */

import { spawnSync } from 'node:child_process';
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createHome, locateHome } from '../../../host/platform/home.ts';

it('is made with the folders that it lies in, for its user alone', async () => {
  const root = await mkdtemp(join(tmpdir(), 'lsd-home-'));
  onTestFinished(() => rm(root, { recursive: true }));
  const home = locateHome(join(root, 'a', 'b'));
  createHome(home);
  createHome(home);
  for (const folder of [home.path, home.secrets, home.downloads]) expect((await stat(folder)).mode & 0o777).toBe(0o700);
  await writeFile(join(root, 'file'), '');
  expect(() => createHome(locateHome(join(root, 'file', 'home')))).toThrow(/cannot be made .* --home/);
});

// In a process of its own, which can be killed: it went on for ever once.
it.runIf(process.platform === 'linux').each(['/proc/x', '/proc/x/y', '/sys/x'])('is refused in %s', path => {
  const module = new URL('../../../host/platform/home.ts', import.meta.url).href;
  const code = `import { createHome, locateHome } from ${JSON.stringify(module)}; createHome(locateHome(${JSON.stringify(path)}));`;
  const { status, signal, stderr } = spawnSync(process.execPath, ['--input-type=module-typescript', '-e', code], {
    timeout: 20_000,
    killSignal: 'SIGKILL',
    encoding: 'utf8',
  });
  expect({ status, signal }).toEqual({ status: 1, signal: null });
  expect(stderr).toContain(`The home ${path} cannot be made`);
});
