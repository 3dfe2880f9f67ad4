/** The lock of a home: one daemon, and gone with its process however that ends. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { acquireLock, isLocked } from '../../../host/daemon/lock.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lsd-lock-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe('the lock of a home', () => {
  it('is held by one alone, and the second is told whose home it is', () => {
    const path = join(folder, 'lock.db');
    const first = acquireLock(path, '/a/home');
    expect(() => acquireLock(path, '/a/home')).toThrow(/Another Lets Share Data daemon uses the home \/a\/home/);
    expect(isLocked(path)).toBe(true);
    first.release();
    expect(isLocked(path)).toBe(false);
    acquireLock(path, '/a/home').release();
  });

  it('is free again when its process was killed', async () => {
    const path = join(folder, 'lock.db');
    const module = new URL('../../../host/daemon/lock.ts', import.meta.url).href;
    const code = `import { acquireLock } from ${JSON.stringify(module)}; acquireLock(${JSON.stringify(path)}, 'h'); console.log('held'); setInterval(() => {}, 1000);`;
    const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    await once(child.stdout, 'data');
    expect(isLocked(path)).toBe(true);
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
    expect(isLocked(path)).toBe(false);
  });
});
