/** Readers of one file over HTTP: one that takes the whole of it, and wrk's many that take random ranges. */

import { spawn } from 'node:child_process';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { median } from '../rounds.ts';

const RANGES = fileURLToPath(new URL('ranges.lua', import.meta.url));
const MIB = 1_048_576;
export const WRK = '/usr/bin/wrk';
export const RANGE_BYTES = 65_536;

/** Where a server gives the file. */
export interface Served {
  port: number;
  /** and query */
  path: string;
  /** of the file, in bytes */
  size: number;
}

/** MB (10^6 bytes) a second. It does no more than count, so that the server is what is measured. */
export async function readWhole({ port, path, size }: Served): Promise<number> {
  const page = Buffer.alloc(MIB);
  const whole = Promise.withResolvers<void>();
  let head: string | undefined = '';
  let left = 0;
  const callback = (length: number) => {
    if (head === undefined) left -= length;
    else {
      const before = head.length;
      head += page.toString('latin1', 0, Math.min(length, 4096));
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return true;
      if (!head.startsWith('HTTP/1.1 200 ')) whole.reject(new Error(head));
      left = size - (before + length - end - 4);
      head = undefined;
    }
    if (left === 0) whole.resolve();
    return true;
  };
  const started = performance.now();
  const socket = connect({ port, host: '127.0.0.1', onread: { buffer: page, callback } });
  socket.once('close', () => whole.reject(new Error('the connection ended before the file')));
  socket.write(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`);
  await whole.promise.finally(() => socket.destroy());
  return size / 1e3 / (performance.now() - started);
}

export interface Ranges {
  perSecond: number;
  p50Ms: number;
  p99Ms: number;
}

/**
 * Medians of so many rounds of so many seconds each; one before them, which warms all up, does not count. `round`: what is done
 * in the place of each that counts, with its reading.
 */
export async function rangesInTurn<N extends string>(
  served: Readonly<Record<N, Served>>,
  connections: number,
  [rounds, seconds]: readonly [number, number],
  round: (name: N, read: () => Promise<Ranges>) => Promise<Ranges> = (_, read) => read(),
): Promise<Record<N, Ranges>> {
  const names = Object.keys(served) as N[];
  const runs = new Map<N, Ranges[]>();
  for (const name of names) await readRanges(served[name], connections, seconds);
  for (let at = 0; at < rounds; at++) {
    for (const name of names) {
      const ranges = await round(name, () => readRanges(served[name], connections, seconds));
      runs.set(name, [...(runs.get(name) ?? []), ranges]);
    }
  }
  const middle = (of: Ranges[]): Ranges => ({
    perSecond: median(of.map(run => run.perSecond)),
    p50Ms: median(of.map(run => run.p50Ms)),
    p99Ms: median(of.map(run => run.p99Ms)),
  });
  return Object.fromEntries([...runs].map(([name, of]) => [name, middle(of)])) as Record<N, Ranges>;
}

/**
 * Random ranges of 64 KiB, one after the other on each connection. Throws where one is not answered with its bytes. wrk knows
 * whole seconds only, so it is told when to stop; it looks for that every 100 ms, and says how long it was.
 */
async function readRanges({ port, path, size }: Served, connections: number, forSeconds: number): Promise<Ranges> {
  const url = `http://127.0.0.1:${port}${path}`;
  const most = Math.ceil(forSeconds) + 5;
  const args = ['-t1', `-c${connections}`, `-d${most}s`, '-s', RANGES, url, '--', `${size}`, `${RANGE_BYTES}`];
  const wrk = spawn(WRK, args, { stdio: ['ignore', 'pipe', 'inherit'] });
  const stop = setTimeout(() => wrk.kill('SIGINT'), forSeconds * 1000);
  const said = await text(wrk.stdout).finally(() => clearTimeout(stop));
  const { requests, seconds, bytes, p50Ms, p99Ms, errors } = JSON.parse(said.trim().split('\n').at(-1) ?? '');
  if (errors > 0 || bytes < requests * RANGE_BYTES) throw new Error(`ranges were not answered:\n${said}`);
  return { perSecond: requests / seconds, p50Ms, p99Ms };
}
