/** docs/for-sites.md: its examples are run, and the code that it shows is the example's. */

import { spawn } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { expect, it } from 'vitest';
import { createArchive } from '../../site/archive.ts';

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');
const MARK = '===';

it('shows the lines of the page as they are', async () => {
  const shown = /```js\n(.*?)```/s.exec(await read('docs/for-sites.md'))?.[1] ?? '';
  expect(shown.length).toBeGreaterThan(500);
  expect(await read('site/page/page.js')).toContain(shown);
});

it('every command of for-sites.md prints what the page says', async () => {
  const archive = await createArchive();
  const folder = await mkdtemp(join(tmpdir(), 'for-sites-'));
  try {
    const page = (await read('docs/for-sites.md')).replaceAll('127.0.0.1:8000', `127.0.0.1:${archive.port}`);
    const session = [...page.matchAll(/```console\n(.*?)```/gs)].map(([, block]) => block).join('');
    const steps = session.split(/^\$ /m).slice(1);
    const commands = steps.map(step => step.split('\n')[0] ?? '');
    const script = commands.map(command => `${command}\necho; echo ${MARK}`).join('\n');
    const shell = spawn('bash', ['-c', script], { cwd: folder, stdio: ['ignore', 'pipe', 'inherit'] });
    const printed = (await text(shell.stdout)).split(`${MARK}\n`);
    expect(commands.length).toBeGreaterThan(10);
    for (const [n, step] of steps.entries()) {
      const [start = '', end = ''] = step.split('\n').slice(1).join('\n').trim().split('…'); // what changes each time
      const line = printed[n]?.trim() ?? '';
      expect([line.slice(0, start.length), line.slice(line.length - end.length)], commands[n]).toEqual([start, end]);
    }
  } finally {
    await archive.close();
    await rm(folder, { recursive: true, force: true });
  }
});
