/**
 * A home with a big library and three sites that want nothing: what it takes of the machine, and how soon it is ready again.
 * Runs itself once more in a network of its own, where every packet is the home's or its sites'.
 */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openSiteDouble, type SiteDouble } from '../test/support/site-double.ts';
import { type HomeProcess, startHome } from '../test/world/home.ts';
import { processesOf, residentBytesOfAll } from '../test/world/memory.ts';
import { processorSeconds, rest } from './at-rest.ts';
import { type BenchOptions, type Question, type Row, runBench } from './report.ts';
import { median, seconds } from './rounds.ts';

const INSIDE = '--inside';
const SITES = 3;
/** s that the figures of a minute are taken over */
const WINDOW = { full: 30, quick: 1 };
const FILES = { full: [1_000, 10_000, 100_000], quick: [1_000] };
const STARTS = { full: 2, quick: 1 };
/** s after a start; a minute after it the catalogue is copied, once a day */
const COPIED = { full: 75, quick: 0 };
/** s without work after which a home is at rest; in them memory is given back */
const REST_SECONDS = { full: 12, quick: 1 };
const MB = 1_000_000;

interface Figures {
  files: number;
  readySeconds: number;
  rss: number;
  pss: number;
}
interface MinuteFigures {
  /** of one core */
  cpuPercent: number;
  packets: number;
  /** null where there is no strace */
  writes: number | null;
}

const args = process.argv.slice(2);
if (args.includes(INSIDE) || !import.meta.main) await runBench(import.meta, measure);
else await runInOwnNetwork();

async function runInOwnNetwork(): Promise<void> {
  const command = 'ip link set lo up && exec "$@"';
  const again = [process.execPath, fileURLToPath(import.meta.url), ...args, INSIDE];
  const child = spawn('unshare', ['--net', 'sh', '-c', command, 'sh', ...again], { stdio: 'inherit' });
  const [code] = await once(child, 'exit');
  process.exit(code ?? 1);
}

async function measure({ quick }: BenchOptions): Promise<Question> {
  const how = quick ? 'quick' : 'full';
  const figures: Figures[] = [];
  let minute: MinuteFigures | undefined;
  for (const files of FILES[how]) {
    await using stack = new AsyncDisposableStack();
    const home = await homeWith(files, stack);
    const readySeconds = await restarts(home, STARTS[how]);
    const { pid } = await home.call('daemon.status', {});
    await rest(pid, REST_SECONDS[how]);
    if (files === FILES[how].at(-1)) {
      await delay(COPIED[how] * 1000);
      minute = await aMinute(pid, WINDOW[how]);
    }
    const [rss, pss] = [await residentBytesOfAll(pid), await proportionalBytes(pid)];
    figures.push({ files, readySeconds, rss: rss / MB, pss: pss / MB });
  }
  return question(figures, minute!);
}

/** A home that knows its folder of so many files, and shares it with the sites. */
async function homeWith(files: number, stack: AsyncDisposableStack): Promise<HomeProcess> {
  const folder = await mkdtemp(join(tmpdir(), 'lsd-bench-'));
  stack.defer(() => rm(folder, { recursive: true }));
  for (let at = 0; at < files; at += 1000) {
    const path = join(folder, String(at));
    await mkdir(path);
    const some = Array.from({ length: Math.min(1000, files - at) }, (_, n) => at + n);
    await Promise.all(some.map(n => writeFile(join(path, `film-${n}.mkv`), `the film number ${n}`)));
  }
  const sites = await Promise.all(Array.from({ length: SITES }, openSite));
  for (const site of sites) stack.defer(() => site.close());
  const home = stack.use(await startHome());
  const origins = sites.map(({ origin }) => origin);
  for (const origin of origins) await home.call('site.grant', { origin, lan: true });
  await home.call('folder.add', { path: folder, sites: origins });
  await home.call('folder.wait', { path: folder });
  return home;
}

/** It remembers what it is told, and has metadata of all. */
async function openSite(): Promise<SiteDouble> {
  const site = await openSiteDouble({ json: true });
  site.replies.set('sync', call => {
    const reply = site.usual('sync', call);
    // Its long lists are not for looking at.
    site.calls.length = 0;
    return call.data.add ? { update: [] } : reply;
  });
  return site;
}

/** s from the start of the program to its ready line, the library being as it was. */
async function restarts(home: HomeProcess, rounds: number): Promise<number> {
  const times: number[] = [];
  for (let round = 0; round < rounds; round++) {
    const { pid } = await home.call('daemon.status', {});
    await rest(pid, 1);
    await home.kill('SIGTERM');
    times.push(await seconds(() => home.start()));
  }
  return median(times);
}

async function aMinute(pid: number, window: number): Promise<MinuteFigures> {
  const [before, packets] = [await processorSeconds(pid), await sentPackets()];
  await delay(window * 1000);
  const used = (await processorSeconds(pid)) - before;
  return {
    cpuPercent: (used / window) * 100,
    packets: (((await sentPackets()) - packets) / window) * 60,
    writes: await diskWrites(pid, window),
  };
}

/** shared pages counted once, of the process and all that it started */
async function proportionalBytes(pid: number): Promise<number> {
  const all = await Promise.all(
    (await processesOf(pid)).map(each => readFile(`/proc/${each}/smaps_rollup`, 'latin1').catch(() => '')),
  );
  return all.reduce((sum, text) => sum + Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024, 0);
}

/** Every packet of this network is sent once over its one interface. (What lies in /sys is the network of who mounted it.) */
async function sentPackets(): Promise<number> {
  const counters = /^ *lo:(.*)$/m.exec(await readFile('/proc/self/net/dev', 'latin1'))?.[1];
  return Number(counters?.trim().split(/ +/)[9]);
}

/** Calls that write to a file, or have it written out, a minute; null where there is no strace. */
async function diskWrites(pid: number, window: number): Promise<number | null> {
  if (spawnSync('strace', ['--version']).error) return null;
  const calls =
    'trace=write,writev,pwrite64,pwritev,pwritev2,ftruncate,fsync,fdatasync,rename,renameat,renameat2,unlink';
  const pids = (await processesOf(pid)).flatMap(each => ['-p', String(each)]);
  const tracer = spawn('strace', ['-f', '-y', '-qq', '-e', calls, ...pids], { stdio: ['ignore', 'ignore', 'pipe'] });
  const text = tracer.stderr.setEncoding('latin1').toArray();
  await delay(window * 1000);
  tracer.kill('SIGINT');
  const lines = (await text).join('').split('\n');
  // The others are sockets, pipes and devices; a call that was interrupted is told of again.
  const ofFiles = lines.filter(
    line => /\w+\((?:\d+<\/(?!dev\/|proc\/|memfd)|")/.test(line) && !line.includes('resumed>'),
  );
  return (ofFiles.length / window) * 60;
}

function question(figures: Figures[], { cpuPercent, packets, writes }: MinuteFigures): Question {
  const { files, readySeconds, rss, pss } = figures.at(-1)!;
  const of = `${files.toLocaleString('en')} files`;
  const rows: Row[] = [
    { what: `ready after a start, ${of}, unchanged`, ours: readySeconds, unit: 's', goal: { atMost: 2 } },
    { what: 'resident memory (RSS)', ours: rss, unit: 'MB', goal: { atMost: 150 } },
    { what: 'of that its own share (PSS)', ours: pss, unit: 'MB' },
    { what: 'processor', ours: cpuPercent, unit: '% of a core', goal: { atMost: 0.5 } },
    ...(writes === null ? [] : [{ what: 'disk writes', ours: writes, unit: 'a minute', goal: { atMost: 10 } }]),
    { what: `packets, ${SITES} sites`, ours: packets, unit: 'a minute', goal: { atMost: 200 } },
  ];
  const over = (name: string, of: (figure: Figures) => number) => ({
    name,
    points: figures.map((figure): [number, number] => [figure.files, of(figure)]),
  });
  return {
    title: 'Idle: what does a big library take of the machine?',
    goal: 'With 100,000 files and three sites that want nothing: ready in 2 s, at most 150 MB, 0.5 % of a core, 10 disk writes and 200 packets a minute.',
    rows,
    plots: [
      {
        kind: 'lines',
        log: true,
        name: 'idle-memory',
        title: 'Memory at rest, as the library grows',
        xLabel: 'files',
        yLabel: 'MB',
        series: [over('RSS', each => each.rss), over('PSS', each => each.pss)],
        mark: { label: 'goal', value: 150 },
      },
      {
        kind: 'lines',
        log: true,
        name: 'idle-ready',
        title: 'From the start to ready, as the library grows',
        xLabel: 'files',
        yLabel: 's',
        series: [over('ready', each => each.readySeconds)],
        mark: { label: 'goal', value: 2 },
      },
    ],
    notes: [
      'All processes of the home together. Packets are counted by the one interface of a network of its own, both ways; the sites speak HTTP without TLS, and are polled.',
      ...(writes === null
        ? []
        : ['Disk writes are calls that write to a file or have it written out, by strace, in a minute of their own.']),
    ],
    notMeasured: writes === null ? ['disk writes (not installed: strace)'] : [],
  };
}
