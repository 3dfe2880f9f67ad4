/** A daemon of its own home, as a process: started, driven by the command line or the control socket, killed. */

import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { connectClient, type DaemonClient } from '../../host/daemon/client.ts';
import { untilStopped } from '../../host/daemon/connect.ts';
import type { LbryPorts } from '../../host/lbry-service.ts';
import { locateHome } from '../../host/platform/home.ts';
import type { Method, Params, Result } from '../../shared/protocol.ts';
import { tied } from '../support/tied.ts';

export const PROGRAM = fileURLToPath(new URL('../../bin/letsshare.mjs', import.meta.url));

export interface CommandResult {
  code: number;
  stdout: string;
  stderr: string;
}

export interface HomeProcess extends AsyncDisposable {
  readonly dir: string;
  /** ports and socket of the last ready line */
  readonly ready: {
    http: number;
    peer: number;
    socket: string;
    confluence?: number;
    resttorrent?: number;
    lbry?: LbryPorts;
  };
  readonly log: string[];
  call<M extends Method>(method: M, params: Params<M>): Promise<Result<M>>;
  /** `letsshare …args --home DIR` */
  cli(args: string[], input?: string): Promise<CommandResult>;
  start(options?: string[]): Promise<void>;
  /** Ends it by a signal, and waits until it is gone. Resolves to its exit code; null: it had none, or had ended before. */
  kill(signal?: NodeJS.Signals): Promise<number | null>;
}

/** What every home of a test has in its config.json: nothing leaves this machine, whoever starts the daemon. */
export const QUIET = {
  ...{ http: 0, dht: false, lan: false, keyring: false, peerAddress: '127.0.0.1' },
  ...{ lbryPeer: 0, lbryDht: 0, lbryAddress: '127.0.0.1', lbryBootstrap: [] },
};

/** The same for LBRY, which is switched on by `lbry`. */
export const LBRY_WITHIN = {
  ...{ lbryRpc: 0, lbryMedia: 0, lbryPeer: 0, lbryDht: 0 },
  ...{ lbryAddress: '127.0.0.1', lbryBootstrap: [], lbryLan: true },
};

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

/**
 * Starts a daemon in a new temporary home (or in `dir`); disposing it kills it and removes a temporary home.
 * `settings` go over the quiet ones of config.json; `prefix`: the words before the command, such as a network namespace's.
 */
export async function startHome(
  options: string[] = [],
  dir?: string,
  settings: object = {},
  prefix: string[] = [],
): Promise<HomeProcess> {
  const path = dir ?? (await mkdtemp(join(tmpdir(), 'lsd-home-')));
  const log: string[] = [];
  let child: ChildProcess | undefined;
  let ready: HomeProcess['ready'] = { http: 0, peer: 0, socket: '' };
  let client: DaemonClient | undefined;
  let given = options;

  async function start(again = given): Promise<void> {
    given = again;
    const port = again.includes('--http') || ready.http === 0 ? [] : ['--http', String(ready.http)];
    const daemon = [PROGRAM, 'daemon', '--home', path, ...port, ...again];
    const [command = '', ...args] = [...prefix, process.execPath, ...daemon];
    const started = spawn(...tied(command, args), { stdio: ['ignore', 'pipe', 'pipe'] });
    child = started;
    createInterface({ input: started.stderr }).on('line', line => log.push(line));
    const lines = createInterface({ input: started.stdout });
    const exited = once(started, 'exit').then(([code]) => {
      throw new Error(`the daemon ended with ${code} before it was ready:\n${log.slice(-20).join('\n')}`);
    });
    const [line] = await Promise.race([once(lines, 'line'), exited]);
    exited.catch(() => {});
    // One that was made while the daemon before it was being killed is a connection to nobody.
    client = undefined;
    ready = JSON.parse(String(line));
  }

  async function kill(signal: NodeJS.Signals = 'SIGKILL'): Promise<number | null> {
    await client?.[Symbol.asyncDispose]();
    client = undefined;
    if (!child || child.exitCode !== null || child.signalCode !== null) return null;
    const gone = once(child, 'exit');
    child.kill(signal);
    const [code] = await gone;
    return code;
  }

  /** A connector may have started another daemon of this home; it is ended by its own id. */
  async function killDetached(): Promise<void> {
    const other = await connectClient(locateHome(path).socket).catch(() => undefined);
    if (!other) return;
    const { pid } = await other.call('daemon.status', {});
    process.kill(pid, 'SIGKILL');
    await other[Symbol.asyncDispose]();
    await untilStopped(locateHome(path), AbortSignal.timeout(60_000));
  }

  async function call<M extends Method>(method: M, params: Params<M>): Promise<Result<M>> {
    client ??= await connectClient(ready.socket);
    if (!client) throw new Error('no daemon listens');
    return client.call(method, params);
  }

  const config = join(path, 'config.json');
  if (!existsSync(config)) await writeFile(config, JSON.stringify({ ...QUIET, ...settings }));
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
      await killDetached();
      if (dir === undefined) await rm(path, { recursive: true, force: true });
    },
  };
}
