/** What the browser launches: joins its stdio to the daemon's socket, and starts the daemon where there is none. */

import { spawn } from 'node:child_process';
import { openSync } from 'node:fs';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { LsdError } from '../../shared/errors.ts';
import { VERSION } from '../../shared/protocol.ts';
import type { Home } from '../platform/home.ts';
import { connectClient, dial } from './client.ts';
import { isLocked } from './lock.ts';

/** How long a daemon may take to serve, or to stop. */
const START_MS = 15_000;
const STEP_MS = 25;

/** Runs until either side ends. Nothing but frames is written to stdout. */
export async function connect(home: Home, signal: AbortSignal): Promise<void> {
  await handOver(home, signal);
  const socket = (await dial(home.socket)) ?? (await startDaemon(home, [], signal));
  process.stdin.pipe(socket);
  socket.pipe(process.stdout);
  await new Promise<void>(resolve => {
    socket.once('close', resolve);
    socket.once('error', () => resolve());
    process.stdin.once('end', resolve);
    process.stdin.once('error', () => resolve());
    signal.addEventListener('abort', () => resolve(), { once: true });
  });
  socket.destroy();
}

/** A newer connector asks an older daemon to stop; it finishes what it writes. */
async function handOver(home: Home, signal: AbortSignal): Promise<void> {
  const client = await connectClient(home.socket).catch(() => undefined);
  if (!client) return;
  await using daemon = client;
  if (!isNewer(VERSION, daemon.welcome.version)) return;
  await daemon.call('daemon.stop', {});
  await untilStopped(home, signal);
}

/** Starts a detached daemon and resolves with a connection to it. */
export async function startDaemon(home: Home, argv: string[], signal: AbortSignal): Promise<Socket> {
  const entry = process.argv[1];
  if (!entry) throw new LsdError('internal', 'The program does not know its own path.');
  const child = spawn(process.execPath, [entry, 'daemon', '--home', home.path, ...argv], {
    detached: true,
    stdio: ['ignore', 'ignore', openSync('/dev/null', 'w')],
    cwd: '/',
  });
  let exited: number | null | undefined;
  child.once('exit', code => {
    exited = code;
  });
  child.unref();
  const deadline = Date.now() + START_MS;
  while (Date.now() < deadline) {
    const socket = await dial(home.socket);
    if (socket) return socket;
    // Another connector may have won the race to start it; then its daemon answers soon.
    if (exited !== undefined && !isLocked(home.lock)) break;
    await delay(STEP_MS, undefined, { signal });
  }
  throw new LsdError('host-exited', `The daemon did not start. "letsshare daemon --home ${home.path}" says why.`);
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
