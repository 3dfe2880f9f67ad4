/** The log is rotated, keeps a few files whoever began them, and holds no secret. */

import { execFileSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { openSiteDouble } from '../../support/site-double.ts';
import { startHome } from '../../world/home.ts';

const MODULE = new URL('../../../host/platform/log.ts', import.meta.url).href;

/** Twelve megabytes in small portions, as the files see them. */
const WRITE = `
  import { createLog } from ${JSON.stringify(MODULE)};
  const log = createLog(process.argv[1], 'info');
  for (let at = 0; at < 120; at++) {
    for (let line = 0; line < 10; line++) log.info('x'.repeat(10_000));
    await new Promise(resolve => setTimeout(resolve, 2));
  }
  await log.close();
`;

it('begins another file when one is full, and removes the oldest', async () => {
  const folder = await mkdtemp(join(tmpdir(), 'lsd-log-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  for (let run = 0; run < 3; run++) {
    execFileSync(process.execPath, ['--input-type=module', '-e', WRITE, join(folder, 'daemon')], { stdio: 'ignore' });
  }
  const names = await readdir(folder);
  expect(names.length).toBeGreaterThan(1);
  expect(names.length).toBeLessThanOrEqual(5);
  const numbers = names.map(name => Number(name.split('.')[1])).sort((a, b) => a - b);
  expect(numbers, 'the last ones are left').toEqual(numbers.map((_, at) => numbers[0]! + at));
  expect(numbers[0]).toBeGreaterThan(1);
  const sizes = await Promise.all(names.map(async name => (await stat(join(folder, name))).size));
  expect(Math.max(...sizes)).toBeLessThan(10 * 2 ** 20);
});

it('names neither password nor token, at whatever level', async () => {
  const site = await openSiteDouble();
  onTestFinished(() => site.close());
  await using home = await startHome(['--log-level', 'debug']);
  const secrets = ['a-password-7391', 'a-token-2846'];
  await home.call('site.grant', { origin: site.origin, username: 'ann', password: secrets[0] });
  site.replies.set('sync', (_, to) => void to.destroy());
  await home.call('site.sync', {}).catch(() => {});
  await home.call('site.grant', { origin: site.origin, token: secrets[1] });
  await home.call('site.sync', {}).catch(() => {});
  await home.kill('SIGTERM');
  const logs = join(home.dir, 'logs');
  const files = await Promise.all((await readdir(logs)).map(name => readFile(join(logs, name), 'utf8')));
  expect(files.join('')).toContain('"ready"');
  for (const secret of secrets) expect(files.join('') + home.log.join('')).not.toContain(secret);
});
