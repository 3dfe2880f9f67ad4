/** What a browser launches: frames through `letsshare connect`, the daemon that it starts, and how an older one hands over. */

import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { connectClient } from '../../../host/daemon/client.ts';
import { encodeFrame, readFrames, writeFrame } from '../../../host/daemon/frames.ts';
import { acquireLock, isLocked } from '../../../host/daemon/lock.ts';
import { createHome, locateHome } from '../../../host/platform/home.ts';
import { openDatabase, transaction } from '../../../host/store/database.ts';
import { createBlocklist } from '../../../host/store/settings.ts';
import type { DaemonStatus } from '../../../shared/daemon-methods.ts';
import { parseId } from '../../../shared/id.ts';
import { PROTOCOL } from '../../../shared/protocol.ts';
import { PROGRAM, QUIET } from '../../world/home.ts';
import { until } from '../../world/until.ts';

interface Answer {
  id: number;
  result?: unknown;
  error?: { data: { code: string; message: string } };
}

let dir: string;
const children: ChildProcess[] = [];
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), 'lsd-connect-'));
  await writeFile(join(dir, 'config.json'), JSON.stringify(QUIET));
});
afterEach(async () => {
  for (const child of children.splice(0)) child.kill('SIGKILL');
  await endDaemons();
  await rm(dir, { recursive: true, force: true });
});

/** Daemons that connectors started are ended by their own ids; one that lost the race may be about to win it now. */
async function endDaemons(): Promise<void> {
  const home = locateHome(dir);
  await until('no daemon runs any more', async () => {
    const client = await connectClient(home.socket).catch(() => undefined);
    if (!client) return !isLocked(home.lock) && (await programsOf(dir)) === 0;
    const { pid } = await client.call('daemon.status', {});
    process.kill(pid, 'SIGKILL');
    return false;
  });
}

/** How many processes name this home, where the system tells. */
async function programsOf(home: string): Promise<number> {
  const pids = existsSync('/proc/self') ? (await readdir('/proc')).filter(name => /^\d+$/.test(name)) : [];
  const lines = await Promise.all(pids.map(pid => readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '')));
  return lines.filter(line => line.includes(home)).length;
}

/** As Chromium launches it: its own arguments come too. */
function browser(env: NodeJS.ProcessEnv = {}) {
  const args = [PROGRAM, 'connect', '--home', dir, 'chrome-extension://abcdefghijklmnop/', '--parent-window=0'];
  const child = spawn(process.execPath, args, { stdio: 'pipe', env: { ...process.env, ...env } });
  children.push(child);
  const answers = new Map<number, (answer: Answer) => void>();
  const heard: unknown[] = [];
  const broken = Promise.withResolvers<never>();
  broken.promise.catch(() => {});
  readFrames(
    child.stdout,
    message => {
      heard.push(message);
      const answer = message as Answer;
      answers.get(answer.id)?.(answer);
    },
    broken.reject,
  );
  child.once('exit', code => broken.reject(new Error(`the connector ended with ${code}`)));
  let next = 0;
  const call = (method: string, params: object): Promise<Answer> => {
    const id = ++next;
    const answer = new Promise<Answer>(resolve => answers.set(id, resolve));
    child.stdin.write(encodeFrame({ jsonrpc: '2.0', id, method, params }));
    return Promise.race([answer, broken.promise]);
  };
  const hello = (protocol: object = PROTOCOL) => call('hello', { role: 'extension', version: '0.1.0', protocol });
  return { child, call, hello, heard };
}

async function statusOf(one: ReturnType<typeof browser>): Promise<DaemonStatus> {
  const { result } = await one.call('daemon.status', {});
  return result as DaemonStatus;
}

describe('letsshare connect', () => {
  it('starts the daemon, detached: it goes on when the browser is gone, and the next one joins it', async () => {
    const first = browser();
    expect(await first.hello()).toMatchObject({ result: { protocol: PROTOCOL.max } });
    const { pid } = await statusOf(first);
    const gone = once(first.child, 'exit');
    first.child.stdin.end();
    expect((await gone)[0]).toBe(0);
    const second = browser();
    await second.hello();
    expect((await statusOf(second)).pid).toBe(pid);
  });

  it('ends in one daemon where several browsers start at once', async () => {
    const all = [browser(), browser(), browser()];
    await Promise.all(all.map(one => one.hello()));
    const pids = await Promise.all(all.map(async one => (await statusOf(one)).pid));
    expect(new Set(pids).size).toBe(1);
  });

  it('is not kept by what a killed daemon left, nor by one that is just stopping', async () => {
    const first = browser();
    await first.hello();
    const { pid } = await statusOf(first);
    const gone = once(first.child, 'exit');
    process.kill(pid, 'SIGKILL');
    expect((await gone)[0]).toBe(0);
    expect(existsSync(locateHome(dir).socket)).toBe(true);
    const second = browser();
    await second.hello();
    await second.call('daemon.stop', {});
    const third = browser();
    await third.hello().catch(() => {});
    const fourth = browser();
    expect(await fourth.hello()).toMatchObject({ result: { protocol: PROTOCOL.max } });
  });

  it('has an older daemon hand over, whatever protocol that one speaks, and goes on with its options', async () => {
    const older = await olderDaemon();
    const one = browser();
    expect(await one.hello()).toMatchObject({ result: { protocol: PROTOCOL.max } });
    expect(older.asked).toEqual(['daemon.status', 'daemon.stop']);
    expect((await statusOf(one)).argv).toEqual(['--grace-seconds', '7']);
  });

  it('tells an extension of another protocol what is too old', async () => {
    const one = browser();
    const { error } = await one.hello({ min: 90, max: 99 });
    expect(error?.data).toMatchObject({ code: 'protocol-mismatch', message: expect.stringContaining('The daemon is') });
    const early = await one.call('site.list', {});
    expect(early.error?.data.code).toBe('protocol-mismatch');
  });

  it('lists folders of this machine for extensions alone', async () => {
    const one = browser();
    await one.hello();
    expect(await one.call('folder.browse', { path: dir })).toMatchObject({ result: { path: expect.any(String) } });
    const client = await connectClient(locateHome(dir).socket);
    await expect(client?.call('folder.browse', { path: dir })).rejects.toMatchObject({ code: 'denied' });
    await client?.[Symbol.asyncDispose]();
  });

  it('passes on nothing that is too long for a browser', async () => {
    const hashes = Array.from({ length: 30_000 }, (_, at) => at.toString(16).padStart(40, '0'));
    block(hashes);
    const one = browser();
    await one.hello();
    const { result } = await one.call('item.blocked', {});
    expect(Buffer.byteLength(JSON.stringify(result))).toBeLessThan(1024 * 1024);
    expect(result).toContain(hashes[0]);
    const client = await connectClient(locateHome(dir).socket);
    expect(await client?.call('item.blocked', {})).toHaveLength(30_000);
    await client?.[Symbol.asyncDispose]();
  });

  it.each([
    ['not-started', {}],
    ['sandboxed', { SNAP: '/snap/chromium/1' }],
  ])('ends with 1, a line on stderr and a last word (%s) where no daemon can start', async (reason, env) => {
    await writeFile(join(dir, 'config.json'), '{"http": "no"}');
    const { child, heard, hello } = browser(env);
    const errors = child.stderr.setEncoding('utf8').toArray();
    await until('its last word', () => heard.length === 1);
    // A browser that cannot write to it would not read of it, either.
    expect(await Promise.race([once(child, 'exit'), delay(300, 'still there')])).toBe('still there');
    hello().catch(() => {});
    const [code] = await once(child, 'exit');
    expect(code).toBe(1);
    expect((await errors).join('')).toBe(
      `letsshare: The daemon did not start. "letsshare daemon --home ${dir}" says why.\n`,
    );
    expect(heard).toEqual([{ jsonrpc: '2.0', method: 'ending', params: { reason } }]);
  });
});

/** Before a daemon runs: one by one it would take a minute. */
function block(hashes: string[]): void {
  const home = locateHome(dir);
  createHome(home);
  const database = openDatabase(home.database);
  const blocklist = createBlocklist(database);
  transaction(database, () => {
    for (const hash of hashes) {
      const id = parseId(hash);
      if (id) blocklist.add(id);
    }
  });
  database.close();
}

/** A daemon of version 0.0.1 that understands two calls alone, and is gone when it was asked to stop. */
async function olderDaemon(): Promise<{ asked: string[] }> {
  const home = locateHome(dir);
  createHome(home);
  const lock = acquireLock(home.lock, home.path);
  const asked: string[] = [];
  const server = createServer(socket => {
    const onMessage = (message: unknown) => {
      const { id, method } = message as { id: number; method: string };
      asked.push(method);
      const result = method === 'daemon.status' ? { version: '0.0.1', argv: ['--grace-seconds', '7'] } : {};
      writeFrame(socket, { jsonrpc: '2.0', id, result });
      if (method === 'daemon.stop') server.close(() => lock.release());
    };
    readFrames(socket, onMessage, () => socket.destroy());
    socket.on('error', () => socket.destroy());
  });
  server.listen(home.socket);
  await once(server, 'listening');
  await until('it listens', () => existsSync(home.socket));
  return { asked };
}
