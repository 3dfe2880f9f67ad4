/**
 * How fast a whole file goes from one program to another over loopback: ours to ours beside libtorrent to libtorrent, and
 * across. `node bench/transfer.ts [--rounds 5] [--mib 1024] [--across] [--json]`
 */

import { parseArgs } from 'node:util';
import { until } from '../test/support/swarm.ts';
import { type BigFile, benchHome, libtorrent, median, randomFile, serve, wishOf } from './swarm/stand.ts';

const { values: options } = parseArgs({
  options: {
    rounds: { type: 'string', default: '5' },
    mib: { type: 'string', default: '1024' },
    across: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
  },
});

interface Run {
  seconds: number;
  /** bytes resident at most; of libtorrent without the file, which it maps */
  seederMemory: number;
  leecherMemory: number;
  /** seconds */
  seederCpu?: number;
  leecherCpu?: number;
}

async function oursToOurs(file: BigFile): Promise<Run> {
  await using stack = new AsyncDisposableStack();
  const [seeder, leecher] = [await benchHome(stack), await benchHome(stack)];
  await serve(seeder, file);
  const seconds = await fetchWith(leecher, file, seeder.torrents.peerPort);
  return {
    seconds,
    seederMemory: await seeder.peakMemory(),
    leecherMemory: await leecher.peakMemory(),
    seederCpu: await seeder.cpuSeconds(),
    leecherCpu: await leecher.cpuSeconds(),
  };
}

/** Until every piece is verified: what the daemon then checks over the whole file is not the swarm's affair. */
async function fetchWith(home: Awaited<ReturnType<typeof benchHome>>, file: BigFile, port: number): Promise<number> {
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
  return seconds;
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
  return { seconds: complete.seconds, leecherMemory: complete.memory, seederMemory: await seederMemory() };
}

async function oursToLibtorrent(file: BigFile): Promise<Run> {
  await using stack = new AsyncDisposableStack();
  const seeder = await benchHome(stack);
  await serve(seeder, file);
  return await fetchWithLibtorrent(stack, file, seeder.torrents.peerPort, () => seeder.peakMemory());
}

async function libtorrentToOurs(file: BigFile): Promise<Run> {
  await using stack = new AsyncDisposableStack();
  const seeder = await libtorrent(stack, file, { mode: 'seed' });
  const leecher = await benchHome(stack);
  const seconds = await fetchWith(leecher, file, seeder.port);
  return { seconds, seederMemory: await seeder.memory(), leecherMemory: await leecher.peakMemory() };
}

const PAIRS: [name: string, run: (file: BigFile) => Promise<Run>][] = [
  ['ours → ours', oursToOurs],
  ['libtorrent → libtorrent', libtorrentToLibtorrent],
  ...(options.across
    ? ([
        ['ours → libtorrent', oursToLibtorrent],
        ['libtorrent → ours', libtorrentToOurs],
      ] satisfies [string, (file: BigFile) => Promise<Run>][])
    : []),
];

await using stack = new AsyncDisposableStack();
const file = await randomFile(stack, Number(options.mib) * 1_048_576);
const runs = new Map<string, Run[]>(PAIRS.map(([name]) => [name, []]));
// Rounds alternate between the pairs, so that all meet the same machine.
for (let round = 0; round < Number(options.rounds); round++) {
  for (const [name, run] of PAIRS) runs.get(name)?.push(await run(file));
}

const megabytes = (bytes: number) => Math.round(bytes / 1e6);
const rows = [...runs].map(([pair, all]) => {
  const rates = all.map(({ seconds }) => file.size / 1e6 / seconds);
  return {
    pair,
    'MB/s (median)': Math.round(median(rates)),
    'MB/s (all)': rates.map(Math.round).join(' '),
    'seeder MB': Math.max(...all.map(each => megabytes(each.seederMemory))),
    'leecher MB': Math.max(...all.map(each => megabytes(each.leecherMemory))),
    'CPU s': all[0]?.leecherCpu
      ? `${median(all.map(each => each.seederCpu ?? 0))} / ${median(all.map(each => each.leecherCpu ?? 0))}`
      : '',
  };
});
const [ours, theirs] = rows.map(row => row['MB/s (median)']);
if (options.json) console.log(JSON.stringify(rows));
else {
  console.table(rows);
  console.log(`of libtorrent's rate: ${((ours ?? 0) / (theirs ?? 1)).toFixed(2)} (goal 0.9); memory goal: 300 MB each`);
}
