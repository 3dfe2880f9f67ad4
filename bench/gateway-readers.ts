/** A thousand readers of fifty torrents that are still arriving: is any of them let down, and what does it take of memory? */

import { readFile } from 'node:fs/promises';
import { hasLibtorrent } from '../test/support/peers.ts';
import { startHome } from '../test/world/home.ts';
import { readRanges } from '../test/world/load.ts';
import { residentBytesOfAll, watchMemory } from '../test/world/memory.ts';
import { magnetOf } from './gateway/held.ts';
import { type BenchOptions, type Question, runBench } from './report.ts';
import { libtorrent, smallFiles } from './swarm/stand.ts';

const MIB = 2 ** 20;
const TORRENTS = 50;
const READERS = 1_000;
const RANGE_BYTES = 64 * 1024;
const LOOK_MS = 250;

await runBench(import.meta, async ({ quick }: BenchOptions): Promise<Question> => {
  const [forMs, mib] = quick ? [3_000, 2] : [45_000, 16];
  const title = 'Confluence: are a thousand readers of fifty torrents served?';
  const goal = 'No error, and memory that stays in bounds: less than 1 GiB more than at rest.';
  if (!hasLibtorrent) {
    const notMeasured = ['errors', 'memory'].map(each => `${each} (not installed: python3-libtorrent)`);
    return { title, goal, rows: [], plots: [], notMeasured };
  }
  await using stack = new AsyncDisposableStack();
  const files = await smallFiles(stack, TORRENTS, mib * MIB);
  const [first, ...others] = files;
  const seeder = await libtorrent(stack, first!, { mode: 'seed', others: others.map(({ torrent }) => torrent) });
  const home = stack.use(await startHome(['--confluence', '0', '--gateway-lan']));
  const port = home.ready.confluence ?? 0;
  const { pid } = await home.call('daemon.status', {});
  const atRest = await residentBytesOfAll(pid);
  for (const file of files) {
    const magnet = encodeURIComponent(magnetOf(file, [`127.0.0.1:${seeder.port}`]));
    await (await fetch(`http://127.0.0.1:${port}/info?magnet=${magnet}`)).arrayBuffer();
  }
  const targets = await Promise.all(
    files.map(async ({ path, id, infoHash }) => ({
      path: `/data?ih=${infoHash}&path=${id}`,
      bytes: await readFile(path),
    })),
  );
  const memory = watchMemory(pid, LOOK_MS);
  const report = await readRanges({ port, targets, readers: READERS, rangeBytes: RANGE_BYTES, forMs });
  const samples = await memory.end();
  const wrong = report.wrong.length + report.broken + report.unanswered + report.later;
  const most = Math.max(...samples.map(({ bytes }) => bytes));
  return {
    title,
    goal,
    rows: [
      { what: 'ranges that were not answered with their bytes', ours: wrong, unit: '', goal: { atMost: 0 } },
      { what: 'ranges answered', ours: report.answered / (forMs / 1000), unit: 'ranges/s' },
      { what: 'half of them within', ours: report.p50, unit: 'ms' },
      { what: '99 of 100 within', ours: report.p99, unit: 'ms' },
      { what: 'memory at rest, before', ours: atRest / MIB, unit: 'MiB' },
      { what: 'memory at most', ours: most / MIB, unit: 'MiB', goal: { atMost: atRest / MIB + 1024 } },
    ],
    plots: [
      {
        kind: 'lines',
        name: 'gateway-readers',
        title: 'Memory of daemon and engine, 1,000 readers of 50 torrents',
        xLabel: 's',
        yLabel: 'MiB',
        series: [{ name: 'resident', points: samples.map(({ seconds, bytes }) => [seconds, bytes / MIB]) }],
      },
    ],
    notes: [
      `${READERS} connections ask for random ranges of ${RANGE_BYTES / 1024} KiB, one after the other, of ${TORRENTS} torrents of ${mib} MiB, which libtorrent on this machine gives; every byte is compared with the file's own. The readers are one process beside the daemon on the same processors.`,
      'Memory is what daemon and engine hold resident together.',
    ],
  };
});
