/** Serving a complete file: `/get` beside nginx with sendfile, the same file, the same run, loopback. */

import { type ChildProcess, spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, open, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { mountGet } from '../host/gateways/get.ts';
import { createHttpServer } from '../host/http/server.ts';
import { openHeld } from '../host/library/held-content.ts';
import { stampOf } from '../host/platform/files.ts';
import { type Id, parseId } from '../shared/id.ts';
import { type BenchOptions, type Question, runBench } from './report.ts';
import { median } from './rounds.ts';

const NGINX = '/usr/sbin/nginx';
const MIB = 1_048_576;
const FILE_BYTES = 1024 * MIB;
const RANGE_BYTES = 65_536;
const CONNECTIONS = 8;
const RANGES_MS = 3_000;
const ID: Id | undefined = parseId('a'.repeat(40));
const PATH = `/get/${ID}`;

interface Figures {
  /** MB (10^6 bytes) a second of one reader */
  throughput: number;
  rangesPerSecond: number;
  p99Ms: number;
}

if (process.argv[2] === '--serve') await serveAlone(process.argv[3] ?? '');
else await runBench(import.meta, compare);

/** In a process of its own, as nginx is. */
async function serveAlone(path: string): Promise<void> {
  const stamp = stampOf(await stat(path, { bigint: true }));
  const quiet = { debug() {}, info() {}, warn: console.error, error: console.error, child: () => quiet };
  const server = createHttpServer({ log: quiet });
  mountGet(server, {
    open: () => openHeld({ path, stamp, extension: 'mp4' }, { onChanged() {}, isRotten: () => false }),
    sites: { granted: () => false, mayRead: () => false },
    capabilities: { check: () => undefined },
    readers: { origin: () => undefined },
    blocklist: { has: () => false },
    openToPrograms: () => true,
  });
  console.log((await server.listen({ port: 0 })).port);
  process.once('SIGTERM', () => server.close());
}

async function compare({ quick }: BenchOptions): Promise<Question> {
  const folder = await mkdtemp(join(tmpdir(), 'lsd-bench-'));
  const running: ChildProcess[] = [];
  try {
    const path = join(folder, 'a'.repeat(40));
    await writeRandom(path);
    const servers: [string, number][] = [['lets-share-data', await startOurs(path, running)]];
    if (existsSync(NGINX)) servers.push(['nginx', await startNginx(folder, running)]);
    return question(await measureAll(servers, quick ? 1 : 3));
  } finally {
    for (const child of running) await end(child);
    await rm(folder, { recursive: true });
  }
}

async function writeRandom(path: string): Promise<void> {
  await using file = await open(path, 'w');
  const block = randomBytes(16 * MIB);
  for (let at = 0; at < FILE_BYTES; at += block.length) await file.write(block);
}

async function startOurs(path: string, running: ChildProcess[]): Promise<number> {
  const child = spawn(process.execPath, [fileURLToPath(import.meta.url), '--serve', path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  running.push(child);
  const [line] = await once(child.stdout, 'data');
  return Number(String(line));
}

async function startNginx(folder: string, running: ChildProcess[]): Promise<number> {
  const port = await freePort();
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    name => `${name}_temp_path ${folder}/${name};`,
  );
  const config = `daemon off; master_process off; pid ${folder}/nginx.pid; error_log stderr;
events { worker_connections 64; }
http { access_log off; sendfile on; keepalive_requests 1000000000; ${temporary.join(' ')}
server { listen 127.0.0.1:${port}; location /get/ { alias ${folder}/; } } }`;
  await writeFile(join(folder, 'nginx.conf'), config);
  // `user` is not set: nginx runs as whoever runs this, in one process.
  const child = spawn(NGINX, ['-p', folder, '-c', join(folder, 'nginx.conf')], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  running.push(child);
  const deadline = Date.now() + 5_000;
  while (!(await answers(port))) if (Date.now() > deadline) throw new Error('nginx does not answer');
  return port;
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
}

function answers(port: number): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(port, '127.0.0.1', () => resolve(true));
    socket.on('error', () => setTimeout(resolve, 20, false)).on('connect', () => socket.destroy());
  });
}

/** Rounds alternate between the servers, so that both meet the same machine; the median counts. */
async function measureAll(servers: [string, number][], rounds: number): Promise<[string, Figures][]> {
  const measured = new Map<string, Figures[]>(servers.map(([name]) => [name, []]));
  for (let round = 0; round < rounds; round++) {
    for (const [name, port] of servers) {
      const throughput = await readWhole(port);
      measured.get(name)?.push({ throughput, ...(await readRanges(port)) });
    }
  }
  return [...measured].map(([name, figures]) => [
    name,
    {
      throughput: median(figures.map(each => each.throughput)),
      rangesPerSecond: median(figures.map(each => each.rangesPerSecond)),
      p99Ms: median(figures.map(each => each.p99Ms)),
    },
  ]);
}

async function readWhole(port: number): Promise<number> {
  const started = performance.now();
  const reader = createReader(port);
  await reader.ask('');
  reader.end();
  return FILE_BYTES / 1e3 / (performance.now() - started);
}

async function readRanges(port: number): Promise<{ rangesPerSecond: number; p99Ms: number }> {
  const times: number[] = [];
  const started = performance.now();
  await Promise.all(
    Array.from({ length: CONNECTIONS }, async () => {
      const reader = createReader(port);
      while (performance.now() - started < RANGES_MS) {
        const start = Math.floor((Math.random() * (FILE_BYTES - RANGE_BYTES)) / 4096) * 4096;
        const asked = performance.now();
        await reader.ask(`Range: bytes=${start}-${start + RANGE_BYTES - 1}\r\n`);
        times.push(performance.now() - asked);
      }
      reader.end();
    }),
  );
  const seconds = (performance.now() - started) / 1000;
  times.sort((a, b) => a - b);
  return { rangesPerSecond: times.length / seconds, p99Ms: times[Math.floor(times.length * 0.99)] ?? 0 };
}

/** A client that does no more than count, so that the server is what is measured. */
function createReader(port: number) {
  const page = Buffer.alloc(MIB);
  let left = 0;
  /** the head of the answer, as far as it came; undefined within a body */
  let head: string | undefined;
  let waiting: PromiseWithResolvers<void> | undefined;
  const onBytes = (length: number) => {
    if (head === undefined) left -= length;
    else {
      const before = head.length;
      head += page.toString('latin1', 0, Math.min(length, 4096));
      const end = head.indexOf('\r\n\r\n');
      if (end < 0) return;
      left = Number(/content-length: (\d+)/i.exec(head)?.[1]) - (before + length - end - 4);
      head = undefined;
    }
    if (left === 0) waiting?.resolve();
  };
  const onread = {
    buffer: page,
    callback(length: number) {
      onBytes(length);
      return true;
    },
  };
  const socket = connect({ port, host: '127.0.0.1', onread });
  return {
    ask(range: string): Promise<void> {
      head = '';
      waiting = Promise.withResolvers<void>();
      socket.write(`GET ${PATH} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${range}\r\n`);
      return waiting.promise;
    },
    end: () => socket.destroy(),
  };
}

function question(figures: [string, Figures][]): Question {
  const [ours, theirs] = figures.map(([, each]) => each);
  const row = (what: string, unit: string, of: (figures: Figures) => number) => ({
    what,
    ours: ours ? of(ours) : Number.NaN,
    unit,
    ...(theirs && { peer: { name: 'nginx', value: of(theirs) } }),
  });
  return {
    title: '/get: how fast is a complete file served?',
    goal: 'As fast as nginx with sendfile gives the same file, over loopback.',
    rows: [
      row('one reader of the whole file', 'MB/s', each => each.throughput),
      row('64 KiB ranges, 8 connections', 'ranges/s', each => each.rangesPerSecond),
      row('99 of 100 of these ranges within', 'ms', each => each.p99Ms),
    ],
    plots: [
      {
        kind: 'bars',
        name: 'get',
        title: 'One reader of a whole file',
        xLabel: 'server',
        yLabel: 'MB/s',
        series: [{ name: 'the same file, loopback', points: figures.map(([name, each]) => [name, each.throughput]) }],
      },
    ],
    notes: theirs ? [] : ['nginx is not installed: nothing to compare with.'],
  };
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.kill('SIGTERM');
  await once(child, 'exit');
}
