/** What the browser launches: joins its stdio to the daemon's socket, and starts the daemon where there is none. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { LsdError } from '../../shared/errors.ts';
import { ENDING, type Ending, VERSION } from '../../shared/protocol.ts';
import type { Home } from '../platform/home.ts';
import { isSandboxed } from '../platform/sandbox.ts';
import { connectUngreeted, dial } from './client.ts';
import { writeFrame } from './frames.ts';
import { isLocked } from './lock.ts';

/** How long a daemon may take to serve, or to stop. */
const START_MS = 30_000;
const STEP_MS = 25;
/** How long a browser may take to say what it started the program for. */
const HELLO_MS = 1_000;
/** The first may have met the end of the daemon before it. */
const ATTEMPTS = 2;

/** Runs until either side ends. Nothing but frames is written to stdout; the last one says why there is no daemon. */
export async function connect(home: Home, signal: AbortSignal): Promise<void> {
  const socket = await reach(home, signal).catch(async thrown => {
    const reason = isSandboxed() ? 'sandboxed' : 'not-started';
    writeFrame(process.stdout, { jsonrpc: '2.0', method: ENDING, params: { reason } satisfies Ending });
    await untilGreeted(signal);
    throw thrown;
  });
  const { promise: ended, resolve: end } = Promise.withResolvers<unknown>();
  socket.once('close', end).on('error', end);
  process.stdin.once('end', end).on('error', end);
  process.stdout.on('error', end);
  signal.addEventListener('abort', end, { once: true });
  process.stdin.pipe(socket);
  socket.pipe(process.stdout);
  await ended;
  socket.destroy();
}

/** Both browsers, where nobody is left to take their hello, give the program up with what it said and they have not read. */
async function untilGreeted(signal: AbortSignal): Promise<void> {
  const bounded = AbortSignal.any([signal, AbortSignal.timeout(HELLO_MS)]);
  await once(process.stdin, 'readable', { signal: bounded }).catch(() => {});
  process.stdin.destroy();
}

async function reach(home: Home, signal: AbortSignal): Promise<Socket> {
  const argv = await handOver(home, signal);
  return (await dial(home.socket)) ?? startDaemon(home, argv, signal);
}

/**
 * A newer connector asks an older daemon to stop; it finishes what it writes. Returns the options of that daemon, for the
 * one that follows. No hello: whatever protocol the other speaks, it understands these two calls.
 */
async function handOver(home: Home, signal: AbortSignal): Promise<string[]> {
  const argv = await stopOlder(home);
  if (argv) await untilStopped(home, signal);
  return argv ?? [];
}

async function stopOlder(home: Home): Promise<string[] | undefined> {
  const client = await connectUngreeted(home.socket);
  if (!client) return undefined;
  await using daemon = client;
  const status = await daemon.call('daemon.status', {}).catch(() => undefined);
  if (!status || !isNewer(VERSION, status.version)) return undefined;
  await daemon.call('daemon.stop', {});
  return status.argv;
}

/** Starts a detached daemon and resolves with a connection to it, or to that of another connector which was faster. */
export async function startDaemon(home: Home, argv: string[], signal: AbortSignal): Promise<Socket> {
  const deadline = Date.now() + START_MS;
  let attempts = 0;
  let running = false;
  while (Date.now() < deadline) {
    const socket = await dial(home.socket);
    if (socket) return socket;
    if (!running && !isLocked(home.lock)) {
      if (attempts++ === ATTEMPTS) break;
      running = true;
      spawnDaemon(home, argv, () => {
        running = false;
      });
    }
    await delay(STEP_MS, undefined, { signal });
  }
  throw new LsdError('host-exited', `The daemon did not start. "letsshare daemon --home ${home.path}" says why.`);
}

function spawnDaemon(home: Home, argv: string[], onEnd: () => void): void {
  const entry = process.argv[1];
  if (!entry) throw new LsdError('internal', 'The program does not know its own path.');
  const args = [entry, 'daemon', '--home', home.path, ...argv];
  const child = spawn(process.execPath, args, { detached: true, stdio: 'ignore', cwd: '/' });
  child.once('exit', onEnd).once('error', onEnd);
  child.unref();
}

/** Resolves when no daemon holds the home any longer. */
export async function untilStopped(home: Home, signal: AbortSignal): Promise<void> {
  const deadline = Date.now() + START_MS;
  while (isLocked(home.lock)) {
    if (Date.now() > deadline) throw new LsdError('timeout', `The daemon of ${home.path} does not stop.`);
    await delay(STEP_MS, undefined, { signal });
  }
}

/** Whether version `a` comes after `b`. */
export function isNewer(a: string, b: string): boolean {
  const [left, right] = [a, b].map(version => version.split('.').map(Number));
  for (let at = 0; at < 3; at++) {
    const difference = (left?.[at] ?? 0) - (right?.[at] ?? 0);
    if (difference !== 0) return difference > 0;
  }
  return false;
}
