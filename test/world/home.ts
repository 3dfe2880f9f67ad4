/** A daemon of its own home, as a process: started, driven by the command line or the control socket, killed. */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { connectClient, type DaemonClient } from '../../host/daemon/client.ts';
import type { Method, Params, Result } from '../../shared/protocol.ts';

export const PROGRAM = fileURLToPath(new URL('../../bin/letsshare.mjs', import.meta.url));

export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

export interface HomeProcess extends AsyncDisposable {
  readonly dir: string;
  /** ports and socket of the last ready line */
  readonly ready: { http: number; peer: number; socket: string };
  readonly log: string[];
  call<M extends Method>(method: M, params: Params<M>): Promise<Result<M>>;
  /** `letsshare …args --home DIR` */
  cli(args: string[], input?: string): Promise<CommandResult>;
  start(options?: string[]): Promise<void>;
  /** ends it by a signal and waits until it is gone */
  kill(signal?: NodeJS.Signals): Promise<void>;
}

/** What every daemon of a test is started with: nothing leaves this machine. */
const QUIET = ['--no-dht', '--no-lan', '--no-keyring', '--peer-address', '127.0.0.1'];

/** Runs `letsshare` with these arguments. */
export function letsshare(args: string[], input = '', env: NodeJS.ProcessEnv = process.env): Promise<CommandResult> {
  return new Promise(resolve => {
    const child = execFile(
      process.execPath,
      [PROGRAM, ...args],
      { env, maxBuffer: 2 ** 26 },
      (error, stdout, stderr) => {
        const code = error ? (typeof error.code === 'number' ? error.code : 1) : 0;
        resolve({ code, stdout, stderr });
      },
    );
    child.stdin?.end(input);
  });
}

/** Starts a daemon in a new temporary home (or in `dir`); disposing it kills it and removes a temporary home. */
export async function startHome(options: string[] = [], dir?: string): Promise<HomeProcess> {
  const path = dir ?? (await mkdtemp(join(tmpdir(), 'lsd-home-')));
  const log: string[] = [];
  let child: ChildProcess | undefined;
  let ready = { http: 0, peer: 0, socket: '' };
  let client: DaemonClient | undefined;
  let given = options;

  async function start(again = given): Promise<void> {
    given = again;
    const port = again.includes('--http') ? [] : ['--http', String(ready.http)];
    const args = [PROGRAM, 'daemon', '--home', path, ...port, ...QUIET, ...again];
    const started = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    child = started;
    createInterface({ input: started.stderr }).on('line', line => log.push(line));
    const lines = createInterface({ input: started.stdout });
    const exited = once(started, 'exit').then(([code]) => {
      throw new Error(`the daemon ended with ${code} before it was ready:\n${log.slice(-20).join('\n')}`);
    });
    const [line] = await Promise.race([once(lines, 'line'), exited]);
    exited.catch(() => {});
    ready = JSON.parse(String(line));
  }

  async function kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
    await client?.[Symbol.asyncDispose]();
    client = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill(signal);
    await gone;
  }

  async function call<M extends Method>(method: M, params: Params<M>): Promise<Result<M>> {
    client ??= await connectClient(ready.socket);
    if (!client) throw new Error('no daemon listens');
    return client.call(method, params);
  }

  await start();
  return {
    dir: path,
    log,
    get ready() {
      return ready;
    },
    call,
    cli: (args, input) => letsshare([...args, '--home', path], input),
    start,
    kill,
    async [Symbol.asyncDispose]() {
      await kill();
      if (dir === undefined) await rm(path, { recursive: true, force: true });
    },
  };
}
