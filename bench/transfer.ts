/** How fast does a whole file go from one program to another? Ours to ours beside libtorrent to libtorrent, over loopback. */

import { until } from '../test/support/swarm.ts';
import { type BenchOptions, type Question, type Row, runBench } from './report.ts';
import { median } from './rounds.ts';
import { type BenchHome, type BigFile, benchHome, libtorrent, randomFile, serve, wishOf } from './swarm/stand.ts';

const MIB = 2 ** 20;

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
const PEER: Pair = 'libtorrent to libtorrent';

await runBench(import.meta, async (options: BenchOptions): Promise<Question> => {
  await using stack = new AsyncDisposableStack();
  const file = await randomFile(stack, (options.quick ? 128 : 1024) * MIB);
  const runs = new Map<Pair, Run[]>();
  // Rounds alternate between the pairs, so that all meet the same machine.
  for (let round = 0; round < (options.quick ? 1 : 5); round++) {
    for (const [pair, run] of Object.entries(PAIRS) as [Pair, (typeof PAIRS)[Pair]][]) {
      runs.set(pair, [...(runs.get(pair) ?? []), await run(file)]);
    }
  }
  return question(runs, file);
});

function question(runs: ReadonlyMap<Pair, Run[]>, file: BigFile): Question {
  const of = (pair: Pair, value: (run: Run) => number) => (runs.get(pair) ?? []).map(value);
  const rate = (pair: Pair) => median(of(pair, run => run.rate));
  const peer = { name: PEER, value: rate(PEER) };
  const memory = (pair: Pair, side: 'seederMemory' | 'leecherMemory') => Math.max(...of(pair, run => run[side])) / 1e6;
  const row = (pair: Pair): Row => ({ what: pair, ours: rate(pair), unit: 'MB/s', peer });
  return {
    title: 'Transfer: how fast does a file go from one home to another?',
    goal: "At least 0.9 of libtorrent's rate, under 300 MB of memory on each side. Both ends on one machine, over loopback.",
    rows: [
      { ...row('ours to ours'), goal: { ratioAtLeast: 0.9 } },
      row('ours to libtorrent'),
      row('libtorrent to ours'),
      { what: 'memory of the seeder', ours: memory('ours to ours', 'seederMemory'), unit: 'MB', goal: { atMost: 300 } },
      {
        what: 'memory of the leecher',
        ours: memory('ours to ours', 'leecherMemory'),
        unit: 'MB',
        goal: { atMost: 300 },
      },
    ],
    plots: [
      {
        kind: 'bars',
        name: 'transfer',
        title: 'One seeder, one leecher: MB a second, median',
        xLabel: 'from whom to whom',
        yLabel: 'MB/s',
        series: [{ name: 'rate', points: [...runs.keys()].map(pair => [pair, rate(pair)]) }],
      },
    ],
    notes: [
      `A file of ${Math.round(file.size / MIB)} MiB in the page cache, until its last piece is verified and written; median of ${of(PEER, run => run.rate).length} rounds.`,
      `Rates of ours to ours: ${of('ours to ours', run => run.rate)
        .map(Math.round)
        .join(', ')}; of libtorrent: ${of(PEER, run => run.rate)
        .map(Math.round)
        .join(', ')} MB/s.`,
      'Both programs run before the clock starts.',
      'Memory is the most that each engine process had resident.',
    ],
  };
}

async function oursToOurs(file: BigFile): Promise<Run> {
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
