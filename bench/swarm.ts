/** What do many peers on one torrent, and many torrents at once, cost? Ours beside libtorrent, over loopback. */

import { until } from '../test/support/swarm.ts';
import type { Plot } from './plot.ts';
import { type BenchOptions, type Question, type Row, runBench } from './report.ts';
import {
  type BenchHome,
  type BigFile,
  benchHome,
  libtorrent,
  randomFile,
  serve,
  smallFiles,
  wishOf,
} from './swarm/stand.ts';

const MIB = 2 ** 20;
const PATIENCE_MS = 100_000;

interface Measured {
  seconds: number;
  /** bytes that the seeder had resident at most; of libtorrent now, and without the files, which it maps */
  seeder: number;
  leecher: number;
  /** s of processor: of the seeder where many peers fetch, of both sides where many torrents are fetched */
  cpu: number;
}

/** By how many took part. */
type Series = [count: number, ours: Measured, theirs: Measured][];

type Figure = (count: number, measured: Measured) => number;
const seederMb: Figure = (_, { seeder }) => seeder / 1e6;
const largerMb: Figure = (_, { seeder, leecher }) => Math.max(seeder, leecher) / 1e6;
const cpu: Figure = (_, measured) => measured.cpu;
const took: Figure = (_, { seconds }) => seconds;

await runBench(import.meta, async ({ quick }: BenchOptions): Promise<Question> => {
  const bytes = (quick ? 4 : 16) * MIB;
  const crowds = await peersOnOneTorrent(quick ? [10] : [1, 10, 50], bytes);
  const many = await torrentsAtOnce(quick ? [20] : [10, 50, 200]);
  const megabytes = (count: number, { seconds }: Measured) => (count * bytes) / 1e6 / seconds;
  return {
    title: 'Swarm: many peers on one torrent, many torrents at once',
    goal: '50 peers on one torrent and 200 torrents at once, under 300 MB of memory on each side.',
    rows: [
      ...crowds.flatMap(([count, ours, theirs]): Row[] => [
        {
          what: `${count} peers fetch from one: all together`,
          ours: megabytes(count, ours),
          unit: 'MB/s',
          peer: { name: 'libtorrent', value: megabytes(count, theirs) },
        },
        {
          what: `${count} peers: memory of the seeder`,
          ours: seederMb(count, ours),
          unit: 'MB',
          goal: { atMost: 300 },
        },
        {
          what: `${count} peers: processor of the seeder`,
          ours: ours.cpu,
          unit: 's',
          peer: { name: 'libtorrent', value: theirs.cpu },
        },
      ]),
      ...many.flatMap(([count, ours, theirs]): Row[] => [
        {
          what: `${count} torrents from one to another: until all are there`,
          ours: ours.seconds,
          unit: 's',
          peer: { name: 'libtorrent', value: theirs.seconds },
        },
        {
          what: `${count} torrents: memory of the larger side`,
          ours: largerMb(count, ours),
          unit: 'MB',
          goal: { atMost: 300 },
        },
        {
          what: `${count} torrents: processor of both sides`,
          ours: ours.cpu,
          unit: 's',
          peer: { name: 'libtorrent', value: theirs.cpu },
        },
      ]),
    ],
    plots: [
      line(
        'swarm-peers',
        'So many peers fetch a file from one: MB a second in all',
        'peers',
        'MB/s',
        crowds,
        megabytes,
      ),
      line(
        'swarm-peers-memory',
        'So many peers fetch a file from one: memory of that one',
        'peers',
        'MB',
        crowds,
        seederMb,
      ),
      line('swarm-peers-cpu', 'So many peers fetch a file from one: its processor time', 'peers', 's', crowds, cpu),
      line('swarm-torrents', 'So many torrents of 256 KiB at once: s until all are there', 'torrents', 's', many, took),
      line(
        'swarm-torrents-memory',
        'So many torrents at once: memory of the larger side',
        'torrents',
        'MB',
        many,
        largerMb,
      ),
      line('swarm-torrents-cpu', 'So many torrents at once: processor time of both sides', 'torrents', 's', many, cpu),
    ],
    notes: [
      `The peers that fetch ${bytes / MIB} MiB each are libtorrent's, in one process, whoever serves them.`,
      'Of 200 torrents ours are counted when all pieces are verified; the hash of each whole file comes after that.',
      'Both programs run before the clock starts.',
      'Memory and processor of ours are those of the engine processes, which all peers, torrents and bytes are with; memory of libtorrent is without the files, which it maps.',
    ],
  };
});

/** Ours and libtorrent's, by how many took part. */
function line(name: string, title: string, xLabel: string, yLabel: string, series: Series, figure: Figure): Plot {
  return {
    kind: 'lines',
    name,
    title,
    xLabel,
    yLabel,
    series: [
      { name: 'ours', points: series.map(([count, ours]) => [count, figure(count, ours)]) },
      { name: 'libtorrent', points: series.map(([count, , theirs]) => [count, figure(count, theirs)]) },
    ],
  };
}

async function peersOnOneTorrent(counts: number[], bytes: number): Promise<Series> {
  await using stack = new AsyncDisposableStack();
  const file = await randomFile(stack, bytes);
  const series: Series = [];
  for (const count of counts) series.push([count, await ourCrowd(file, count), await theirCrowd(file, count)]);
  return series;
}

async function ourCrowd(file: BigFile, count: number): Promise<Measured> {
  await using stack = new AsyncDisposableStack();
  const seeder = await benchHome(stack);
  await seeder.wake();
  await serve(seeder, file);
  const spent = await processorOf(seeder);
  const measured = await crowd(stack, file, count, seeder.torrents.peerPort);
  return { ...measured, cpu: await spent(), seeder: await seeder.peakMemory() };
}

async function theirCrowd(file: BigFile, count: number): Promise<Measured> {
  await using stack = new AsyncDisposableStack();
  const seeder = await libtorrent(stack, file, { mode: 'seed' });
  const spent = await processorOf(seeder);
  const measured = await crowd(stack, file, count, seeder.port);
  return { ...measured, cpu: await spent(), seeder: await seeder.memory() };
}

/** What they have used of it together since then, s. */
async function processorOf(...all: Pick<BenchHome, 'cpuSeconds'>[]): Promise<() => Promise<number>> {
  const sum = async () =>
    (await Promise.all(all.map(each => each.cpuSeconds()))).reduce((total, each) => total + each, 0);
  const before = await sum();
  return async () => (await sum()) - before;
}

async function crowd(stack: AsyncDisposableStack, file: BigFile, sessions: number, port: number) {
  return completed(await libtorrent(stack, file, { mode: 'fetch', sessions, peers: [`127.0.0.1:${port}`] }));
}

async function completed(fetching: Awaited<ReturnType<typeof libtorrent>>): Promise<Omit<Measured, 'seeder' | 'cpu'>> {
  const complete = (await fetching.done()).find(said => said.event === 'complete');
  if (!complete) throw new Error('libtorrent did not complete');
  return { seconds: complete.seconds, leecher: complete.memory };
}

async function torrentsAtOnce(counts: number[]): Promise<Series> {
  await using stack = new AsyncDisposableStack();
  const all = await smallFiles(stack, Math.max(...counts), MIB / 4);
  const series: Series = [];
  for (const count of counts) {
    const files = all.slice(0, count);
    series.push([count, await ourTorrents(files), await theirTorrents(files)]);
  }
  return series;
}

async function ourTorrents(files: BigFile[]): Promise<Measured> {
  await using stack = new AsyncDisposableStack();
  const [seeder, leecher] = [await benchHome(stack), await benchHome(stack)];
  await Promise.all([seeder.wake(), leecher.wake()]);
  await serve(seeder, ...files);
  const spent = await processorOf(seeder, leecher);
  const start = performance.now();
  for (const file of files) leecher.torrents.download(wishOf(file, [`127.0.0.1:${seeder.torrents.peerPort}`]));
  await until('all torrents', () => files.every(file => isComplete(leecher, file)), PATIENCE_MS);
  const seconds = (performance.now() - start) / 1000;
  const cpu = await spent();
  return { seconds, cpu, seeder: await seeder.peakMemory(), leecher: await leecher.peakMemory() };
}

function isComplete(home: BenchHome, { id }: BigFile): boolean {
  return home.torrents.transfer(id)?.state === 'verifying' || home.catalogue.download(id) !== undefined;
}

async function theirTorrents(files: BigFile[]): Promise<Measured> {
  await using stack = new AsyncDisposableStack();
  const [first, ...rest] = files as [BigFile, ...BigFile[]];
  const others = rest.map(({ torrent }) => torrent);
  const seeder = await libtorrent(stack, first, { mode: 'seed', others });
  const fetching = await libtorrent(stack, first, { mode: 'fetch', others, peers: [`127.0.0.1:${seeder.port}`] });
  const spent = await processorOf(seeder, fetching);
  const fetched = await completed(fetching);
  return { ...fetched, cpu: await spent(), seeder: await seeder.memory() };
}
