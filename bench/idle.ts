/**
 * A home with a big library and three sites that want nothing: what it takes of the machine, and how soon it is ready again.
 * Runs itself once more in a network of its own, where every packet is the home's or its sites'.
 */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { openSiteDouble, type SiteDouble } from '../test/support/site-double.ts';
import { type HomeProcess, startHome } from '../test/world/home.ts';
import { processesOf, residentBytesOfAll } from '../test/world/memory.ts';
import { rest } from './at-rest.ts';
import { type WindowFigures, watchWindow } from './idle/window.ts';
import { type BenchOptions, type Question, type Row, runBench } from './report.ts';
import { startsToFirstByte } from './serving.ts';

const INSIDE = '--inside';
const SITES = 3;
/** s that the figures of a minute are taken over: each site is polled every 60 s, so that it is polled in it at least once */
const WINDOW = { full: 120, quick: 1 };
const FILES = { full: [1_000, 10_000, 100_000], quick: [1_000] };
const STARTS = { full: 5, quick: 1 };
/** s after a start in which the catalogue is copied, where today's copy is not there yet */
const COPIED = 75;
/** s without work after which a home is at rest; in them memory is given back */
const REST_SECONDS = { full: 12, quick: 1 };
/**
 * As the program is without a config.json, but that the person's keyring is left alone: DHT and LAN discovery are on. All
 * addresses are the loopback's, since the network has no other.
 */
const USUAL = { dht: true, lan: true, peerAddress: undefined };
const MB = 1_000_000;

interface Figures {
  files: number;
  readySeconds: number;
  rss: number;
  pss: number;
}
interface MinuteFigures extends WindowFigures {
  /** of all sites, in the window */
  polls: number;
}
interface Site extends SiteDouble {
  polls(): number;
}
interface Library {
  home: HomeProcess;
  sites: Site[];
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
    const library = await homeWith(files, stack);
    const { home } = library;
    const isLast = files === FILES[how].at(-1);
    if (isLast && !quick) await copied(home);
    const readySeconds = await startsToFirstByte(home, bytesOf(0), STARTS[how]);
    const { pid } = await home.call('daemon.status', {});
    await rest(pid, REST_SECONDS[how]);
    if (isLast) minute = await aMinute(library, pid, WINDOW[how]);
    const [rss, pss] = [await residentBytesOfAll(pid), await proportionalBytes(pid)];
    figures.push({ files, readySeconds, rss: rss / MB, pss: pss / MB });
  }
  return question(figures, minute!, how);
}

/** A home that knows its folder of so many files, and shares it with the sites. */
async function homeWith(files: number, stack: AsyncDisposableStack): Promise<Library> {
  const folder = await mkdtemp(join(tmpdir(), 'lsd-bench-'));
  stack.defer(() => rm(folder, { recursive: true }));
  for (let at = 0; at < files; at += 1000) {
    const path = join(folder, String(at));
    await mkdir(path);
    const some = Array.from({ length: Math.min(1000, files - at) }, (_, n) => at + n);
    await Promise.all(some.map(n => writeFile(join(path, `film-${n}.mkv`), bytesOf(n))));
  }
  const sites = await Promise.all(Array.from({ length: SITES }, openSite));
  for (const site of sites) stack.defer(() => site.close());
  const home = stack.use(await startHome([], undefined, USUAL));
  const origins = sites.map(({ origin }) => origin);
  for (const origin of origins) await home.call('site.grant', { origin, lan: true });
  await home.call('folder.add', { path: folder, sites: origins });
  await home.call('folder.wait', { path: folder });
  return { home, sites };
}

function bytesOf(n: number): Buffer {
  return Buffer.from(`the film number ${n}`);
}

/** It remembers what it is told, has metadata of all, and counts how often it is asked whether it wants anything. */
async function openSite(): Promise<Site> {
  const site = await openSiteDouble({ json: true });
  let polls = 0;
  site.replies.set('sync', call => {
    const reply = site.usual('sync', call);
    // Its long lists are not for looking at.
    site.calls.length = 0;
    return call.data.add ? { update: [] } : reply;
  });
  site.replies.set('getRequests', call => {
    polls++;
    return site.usual('getRequests', call);
  });
  return { ...site, polls: () => polls };
}

/** Resolves when today's copy of the catalogue is made: it is none of what goes on all day. */
async function copied(home: HomeProcess): Promise<void> {
  const folder = join(home.dir, 'backups');
  const isThere = async () =>
    existsSync(folder) && (await readdir(folder)).some(name => /^catalogue-.*\.db$/.test(name));
  for (let waited = 0; !(await isThere()); waited++) {
    if (waited > COPIED) throw new Error('the catalogue was not copied');
    await delay(1000);
  }
}

/** Throws where not each site was polled in it: then these are not a home's minutes. */
async function aMinute({ sites }: Library, pid: number, windowSeconds: number): Promise<MinuteFigures> {
  const before = sites.map(site => site.polls());
  const figures = await watchWindow(pid, windowSeconds);
  const polls = sites.map((site, at) => site.polls() - before[at]!);
  if (windowSeconds === WINDOW.full && polls.some(count => count < 1))
    throw new Error(`in ${windowSeconds} s the sites were polled ${polls.join(', ')} times`);
  return { ...figures, polls: polls.reduce((sum, count) => sum + count, 0) };
}

/** shared pages counted once, of the process and all that it started */
async function proportionalBytes(pid: number): Promise<number> {
  const all = await Promise.all(
    (await processesOf(pid)).map(each => readFile(`/proc/${each}/smaps_rollup`, 'latin1').catch(() => '')),
  );
  return all.reduce((sum, text) => sum + Number(/^Pss:\s+(\d+) kB/m.exec(text)?.[1] ?? 0) * 1024, 0);
}

function question(
  figures: Figures[],
  { cpuPercent, packets, writes, polls }: MinuteFigures,
  how: keyof typeof WINDOW,
): Question {
  const { files, readySeconds, rss, pss } = figures.at(-1)!;
  const of = `${files.toLocaleString('en')} files`;
  const rows: Row[] = [
    {
      what: `start to the first byte of a held file, ${of}, unchanged`,
      ours: readySeconds,
      unit: 's',
      goal: { atMost: 2 },
    },
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
        title: 'From the start to the first byte of a held file, as the library grows',
        xLabel: 'files',
        yLabel: 's',
        series: [over('first byte', each => each.readySeconds)],
        mark: { label: 'goal', value: 2 },
      },
    ],
    notes: [
      `From the start of the program to the first byte (206) that /get gives of a held file; median of ${STARTS[how]} starts, each after the program was ended by SIGTERM, its compiled code and the library in caches.`,
      `All processes of the home together. Processor, packets${writes === null ? '' : ' and disk writes'} are of the same ${WINDOW[how]} s, scaled to a minute; a home polls each site every 60 s, and the ${SITES} sites were polled ${polls} times in them (a full run fails where one of them was not). What comes more rarely is in no window: the daily copy of the catalogue, the hourly look at the folders, a part of reading all files again every ten minutes.`,
      'Packets are counted by the one interface of a network of its own, both ways; the sites speak HTTP without TLS.',
      writes === null
        ? 'strace is not installed: disk writes were not counted.'
        : 'Disk writes are calls that write to a file or have it written out, by strace; what its watching costs the home is in the figure of the processor.',
      'Settings are those of the program without a config.json, but that the keyring is off. DHT and LAN discovery are on: both rest while no torrent is awake, and none is.',
    ],
    notMeasured: writes === null ? ['disk writes (not installed: strace)'] : [],
  };
}
