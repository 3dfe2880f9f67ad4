/** The daemon as a process: its ready line, its lock, its options, how it stops and comes back. */

import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { type HomeProcess, LBRY_WITHIN, letsshare, startHome } from '../../world/home.ts';
import { until } from '../../world/until.ts';

let dir: string;
let home: HomeProcess | undefined;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lsd-daemon-'));
});
afterEach(async () => {
  await home?.[Symbol.asyncDispose]();
  home = undefined;
  await rm(dir, { recursive: true, force: true });
});

describe('letsshare daemon', () => {
  it('says in one line where it serves, and keeps its home to its user', async () => {
    home = await startHome([], dir);
    const { http, peer, socket } = home.ready;
    expect(http).toBeGreaterThan(0);
    expect(peer).toBeGreaterThan(0);
    expect((await stat(socket)).mode & 0o777).toBe(0o600);
    expect((await stat(join(dir, 'secrets'))).mode & 0o777).toBe(0o700);
    const answer = await fetch(`http://127.0.0.1:${http}/get/${'a'.repeat(40)}`);
    expect(answer.status).toBe(404);
    for (const line of home.log) expect(JSON.parse(line)).toHaveProperty('msg');
    expect((await readdir(join(dir, 'logs'))).length).toBeGreaterThan(0);
  });

  it('opens a gateway where it is told to, and says its ports', async () => {
    home = await startHome(['--confluence', '0', '--resttorrent', '0', '--lbry'], dir, LBRY_WITHIN);
    const { confluence, resttorrent, lbry } = home.ready;
    expect((await fetch(`http://127.0.0.1:${confluence}/health`)).status).toBe(200);
    const sessions = await fetch(`http://127.0.0.1:${resttorrent}/v1/sessions`);
    expect(await sessions.json()).toEqual({ status: 'success', sessions: [] });
    expect((await home.call('daemon.status', {})).gateways).toEqual([
      { name: 'confluence', port: confluence },
      { name: 'resttorrent', port: resttorrent },
      { name: 'lbry', port: lbry?.rpc },
    ]);
    expect(JSON.parse((await home.cli(['lbry', 'version', '--json'])).stdout)).toHaveProperty('lbrynet_version');
    expect((await home.cli(['lbry', 'stop'])).stdout.trim()).toBe('Shutting down');
    expect((await home.call('daemon.status', {})).gateways.map(({ name }) => name)).not.toContain('lbry');
    expect((await fetch(`http://127.0.0.1:${home.ready.http}/health`)).status).toBe(404);
  });

  it.each(['confluence', 'resttorrent'])('opens %s to no other machine without a token', async name => {
    const open = ['daemon', '--home', dir, '--http', '0', `--${name}`, '0', `--${name}-bind`, '127.0.0.2'];
    const { code, stderr } = await letsshare(open);
    expect(code).toBe(1);
    expect(stderr).toContain('--gateway-token-file');
  });

  it('lets no page load scripts of a gateway without a token', async () => {
    const { code, stderr } = await letsshare(['daemon', '--home', dir, '--http', '0', '--resttorrent', '0', '--jsonp']);
    expect(code).toBe(1);
    expect(stderr).toContain('--gateway-token-file');
  });

  it('is one a home: the second says whose home it is and how to stop it', async () => {
    home = await startHome([], dir);
    const second = await letsshare(['daemon', '--home', dir, '--http', '0']);
    expect(second.code).toBe(1);
    expect(second.stderr).toContain(`uses the home ${dir}. Stop it with`);
    expect((await home.cli(['status'])).code).toBe(0);
  });

  it('ends with 1 and names the owner where the port that was asked for is taken', async () => {
    const other = createServer().listen(0, '127.0.0.1');
    await once(other, 'listening');
    const { port } = other.address() as AddressInfo;
    const { code, stderr } = await letsshare(['daemon', '--home', dir, '--http', String(port)]);
    expect(code).toBe(1);
    expect(stderr).toContain(String(port));
    if (process.platform === 'linux') expect(stderr).toContain(`process ${process.pid}`);
    other.close();
  });

  it('takes its options from config.json, and those of the command line before them', async () => {
    await writeFile(
      join(dir, 'config.json'),
      JSON.stringify({ http: 0, dht: false, lan: false, keyring: false, graceSeconds: 5, logLevel: 'error' }),
    );
    home = await startHome([], dir);
    expect(home.log).toEqual([]);
    await home.kill();
    await writeFile(join(dir, 'config.json'), JSON.stringify({ graceSeconds: 'long' }));
    const { code, stderr } = await letsshare(['daemon', '--home', dir, '--http', '0']);
    expect(code).toBe(1);
    expect(stderr).toContain('"graceSeconds"');
  });

  it('leaves a damaged catalogue as it is, and says so', async () => {
    home = await startHome([], dir);
    await home.kill('SIGTERM');
    const path = join(dir, 'catalogue.db');
    await writeFile(path, 'not a database any more');
    for (const name of ['catalogue.db-wal', 'catalogue.db-shm']) await rm(join(dir, name), { force: true });
    const { code, stderr } = await letsshare(['daemon', '--home', dir, '--http', '0']);
    expect(code).toBe(1);
    expect(stderr).toContain('left as it is');
    expect(await readFile(path, 'utf8')).toBe('not a database any more');
  });

  it('stops when asked, and a command without a daemon says how to start one', async () => {
    home = await startHome([], dir);
    expect(await home.cli(['stop', '--json'])).toMatchObject({ code: 0, stdout: '{"stopped":true}\n' });
    const { code, stderr } = await home.cli(['status']);
    expect(code).toBe(1);
    expect(stderr).toContain(`Start it with "letsshare daemon --home ${dir}"`);
  });

  it('is renewed with the options that it had', async () => {
    home = await startHome(['--grace-seconds', '7'], dir);
    const before = await home.call('daemon.status', {});
    expect((await home.cli(['restart'])).code).toBe(0);
    const after = JSON.parse((await home.cli(['status', '--json'])).stdout);
    expect(after.argv).toEqual(before.argv);
    expect(after.pid).not.toBe(before.pid);
    await home.cli(['stop']);
  });

  it('comes back after it was killed, with what it was told', async () => {
    home = await startHome([], dir);
    await home.cli(['limits', '--up', '500k']);
    await home.cli(['pause']);
    await home.cli(['block', 'A'.repeat(40)]);
    await home.kill('SIGKILL');
    await home.start();
    const status = await home.call('daemon.status', {});
    expect(status).toMatchObject({ state: 'paused', reason: 'paused-by-user', limits: { down: null, up: 500_000 } });
    expect((await home.cli(['block'])).stdout).toBe(`${'a'.repeat(40)}\n`);
    await home.cli(['resume']);
    await until('it is idle', async () => (await home!.call('daemon.status', {})).state === 'idle');
  });
});

describe('wrong usage', () => {
  it.each([[['nonsense']], [['folder', 'add']], [['daemon', '--what']]])('%j ends with 2', async args => {
    expect((await letsshare(args)).code).toBe(2);
  });

  it.each([
    [['status', 'zz'], /is not an id: an id is the SHA-1/],
    [['limits', '--up', 'fast'], /is not a rate/],
    [['block', 'zz'], /neither an id nor an info hash/],
    [['folder', 'add', '/nowhere/at/all'], /nowhere/],
    [['site', 'add', 'ftp://x'], /ftp:\/\/x/],
    [['sync', 'https://nobody.example'], /has no grant/],
    [['url', 'a'.repeat(40)], /neither held nor requested/],
  ])('%j ends with 1 and one line that says what to do', async (args, sentence) => {
    home = await startHome([], dir);
    const { code, stderr } = await home.cli(args);
    expect(code).toBe(1);
    expect(stderr).toMatch(sentence);
    expect(stderr.trim().split('\n')).toHaveLength(1);
  });
});
