/** How fast does a whole file go from one program to another? Ours to ours beside libtorrent to libtorrent, over loopback. */

import { until } from '../test/support/swarm.ts';
import { type BenchOptions, type Question, type Row, runBench } from './report.ts';
import { median } from './rounds.ts';
import { type BenchHome, type BigFile, benchHome, libtorrent, randomFile, serve, wishOf } from './swarm/stand.ts';
import { type HeldByBoth, LOOK_MS, memoryOfDaemons } from './transfer/daemons.ts';

const MIB = 2 ** 20;
/** MB of memory that each side takes at most */
const MOST = 300;

interface Run {
  /** MB (10^6 bytes) a second */
  rate: number;
  /** bytes resident at most; of libtorrent without the file, which it maps */
  seederMemory: number;
  leecherMemory: number;
}

const PAIRS = {
  'ours to ours': oursToOurs,
  'libtorrent to libtorrent': libtorrentToLibtorrent,
  'ours to libtorrent': oursToLibtorrent,
  'libtorrent to ours': libtorrentToOurs,
};
type Pair = keyof typeof PAIRS;
const OURS: Pair = 'ours to ours';
const PEER: Pair = 'libtorrent to libtorrent';
const MIXED: Pair[] = ['ours to libtorrent', 'libtorrent to ours'];

/** How often each pair was measured with a file of so many MiB; the goal is for the last. */
type Measured = [mib: number, runs: ReadonlyMap<Pair, Run[]>];

await runBench(import.meta, async ({ quick }: BenchOptions): Promise<Question> => {
  const measured: Measured[] = [];
  for (const mib of quick ? [16, 64] : [16, 64, 256, 1024]) {
    const isLast = mib === (quick ? 64 : 1024);
    measured.push([mib, await measure(mib, quick ? 1 : isLast ? 5 : 3, isLast && !quick ? MIXED : [])]);
  }
  return question(measured, await heldByDaemons(measured.at(-1)![0], quick ? 'quick' : 'full'));
});

/** Outside of the timed rounds: that it is looked at would be in them, too. */
async function heldByDaemons(mib: number, how: 'quick' | 'full'): Promise<HeldByBoth> {
  await using stack = new AsyncDisposableStack();
  return await memoryOfDaemons(await randomFile(stack, mib * MIB), how);
}

/** Rounds alternate between the pairs, so that all meet the same machine; the mixed ones, which have no goal, run once. */
async function measure(mib: number, rounds: number, mixed: Pair[]): Promise<Map<Pair, Run[]>> {
  await using stack = new AsyncDisposableStack();
  const file = await randomFile(stack, mib * MIB);
  const runs = new Map<Pair, Run[]>();
  for (let round = 0; round < rounds; round++) {
    for (const pair of round === 0 ? [OURS, PEER, ...mixed] : [OURS, PEER]) {
      runs.set(pair, [...(runs.get(pair) ?? []), await PAIRS[pair](file)]);
    }
  }
  return runs;
}

function rateOf(runs: ReadonlyMap<Pair, Run[]>, pair: Pair): number {
  return median((runs.get(pair) ?? []).map(run => run.rate));
}

function question(measured: readonly Measured[], held: HeldByBoth): Question {
  const [mib, runs] = measured.at(-1)!;
  const of = (pair: Pair, value: (run: Run) => number) => (runs.get(pair) ?? []).map(value);
  const peer = { name: PEER, value: rateOf(runs, PEER) };
  const engine = (side: 'seederMemory' | 'leecherMemory') => Math.max(...of(OURS, run => run[side])) / 1e6;
  const memory = (what: string, ours: number): Row => ({ what, ours, unit: 'MB', goal: { atMost: MOST } });
  const row = (pair: Pair): Row => ({ what: pair, ours: rateOf(runs, pair), unit: 'MB/s', peer });
  const rates = (pair: Pair) =>
    of(pair, run => run.rate)
      .map(Math.round)
      .join(', ');
  const growth = (pair: Pair) => measured.map(([size, each]) => [size, rateOf(each, pair)] as const);
  return {
    title: 'Transfer: how fast does a file go from one home to another?',
    goal: "At least 0.9 of libtorrent's rate, under 300 MB of memory on each side. Both ends on one machine, over loopback.",
    rows: [
      { ...row(OURS), goal: { ratioAtLeast: 0.9 } },
      ...MIXED.filter(pair => runs.has(pair)).map(row),
      memory('memory of the seeder: engine', engine('seederMemory')),
      memory('memory of the leecher: engine', engine('leecherMemory')),
      memory('memory of the seeder: daemon and engine', held.seeder.taken / 1e6),
      memory('memory of the leecher: daemon and engine', held.leecher.taken / 1e6),
      { what: 'the same while it then checks the whole file', ours: held.leecherChecking.taken / 1e6, unit: 'MB' },
    ],
    plots: [
      {
        kind: 'bars',
        name: 'transfer',
        title: 'One seeder, one leecher: MB a second, median',
        xLabel: 'from whom to whom',
        yLabel: 'MB/s',
        series: [{ name: 'rate', points: [...runs.keys()].map(pair => [pair, rateOf(runs, pair)]) }],
      },
      {
        kind: 'lines',
        log: true,
        name: 'transfer-size',
        title: 'One seeder, one leecher, by the size of the file: MB a second',
        xLabel: 'MiB',
        yLabel: 'MB/s',
        series: [
          { name: OURS, points: growth(OURS) },
          { name: PEER, points: growth(PEER) },
        ],
      },
    ],
    notes: [
      `A file of ${mib} MiB in the page cache, until its last piece is verified and written; median of ${of(PEER, run => run.rate).length} rounds.`,
      `Rates of ours to ours: ${rates(OURS)}; of libtorrent: ${rates(PEER)} MB/s.`,
      'Both programs run before the clock starts.',
      `Memory of an engine is the most that its process had resident in the timed rounds. Of daemon and engine it is the most that both took at one time, by a look every ${LOOK_MS} ms in one more transfer, whose rate does not count: from the request by way of a site until all pieces are there, and then until the daemon has checked the whole file. The daemons had come to rest before. Pages of files, most of them the runtime's code, are in the memory once and count once; with such pages in each of the two processes (the sum of their RSS) it is ${Math.round(held.seeder.resident / 1e6)} and ${Math.round(held.leecher.resident / 1e6)} MB.`,
    ],
  };
}

export async function oursToOurs(file: BigFile): Promise<Run> {
  await using stack = new AsyncDisposableStack();
  const [seeder, leecher] = [await benchHome(stack), await benchHome(stack)];
  await Promise.all([seeder.wake(), leecher.wake()]);
  await serve(seeder, file);
  const rate = await fetchWith(leecher, file, seeder.torrents.peerPort);
  return { rate, seederMemory: await seeder.peakMemory(), leecherMemory: await leecher.peakMemory() };
}

/** Until every piece is verified: what the daemon then checks over the whole file is not the swarm's affair. */
async function fetchWith(home: BenchHome, file: BigFile, port: number): Promise<number> {
  const start = performance.now();
  const complete = new Promise<void>(resolve => {
    const stop = home.events.on('transfer.progress', () => {
      if (home.torrents.transfer(file.id)?.state !== 'verifying') return;
      stop();
      resolve();
    });
  });
  home.torrents.download(wishOf(file, [`127.0.0.1:${port}`]));
  await complete;
  const seconds = (performance.now() - start) / 1000;
  // The hash of the whole file is waited for: the next run would share the cores with it.
  await until('the file to be verified', () => home.catalogue.download(file.id), 120_000);
  return file.size / 1e6 / seconds;
}

async function libtorrentToLibtorrent(file: BigFile): Promise<Run> {
  await using stack = new AsyncDisposableStack();
  const seeder = await libtorrent(stack, file, { mode: 'seed' });
  return await fetchWithLibtorrent(stack, file, seeder.port, () => seeder.memory());
}

async function fetchWithLibtorrent(
  stack: AsyncDisposableStack,
  file: BigFile,
  port: number,
  seederMemory: () => Promise<number>,
): Promise<Run> {
  const leecher = await libtorrent(stack, file, { mode: 'fetch', peers: [`127.0.0.1:${port}`] });
  const complete = (await leecher.done()).find(said => said.event === 'complete');
  if (!complete) throw new Error('libtorrent did not complete');
  const rate = file.size / 1e6 / complete.seconds;
  return { rate, leecherMemory: complete.memory, seederMemory: await seederMemory() };
}

async function oursToLibtorrent(file: BigFile): Promise<Run> {
  await using stack = new AsyncDisposableStack();
  const seeder = await benchHome(stack);
  await seeder.wake();
  await serve(seeder, file);
  return await fetchWithLibtorrent(stack, file, seeder.torrents.peerPort, () => seeder.peakMemory());
}

async function libtorrentToOurs(file: BigFile): Promise<Run> {
  await using stack = new AsyncDisposableStack();
  const seeder = await libtorrent(stack, file, { mode: 'seed' });
  const leecher = await benchHome(stack);
  await leecher.wake();
  const rate = await fetchWith(leecher, file, seeder.port);
  return { rate, seederMemory: await seeder.memory(), leecherMemory: await leecher.peakMemory() };
}
