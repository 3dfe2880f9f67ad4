/** Serving a complete file: `/get` beside nginx with sendfile, the same file, the same run, loopback. */

import { cpus } from 'node:os';
import { hasLibtorrent } from '../test/support/peers.ts';
import { startHome } from '../test/world/home.ts';
import { type BesideDownload, besideDownload } from './get/beside-download.ts';
import { type Both, NAMES, row } from './get/beside-nginx.ts';
import { startDownload } from './get/download.ts';
import { type Ranges, rangesInTurn, readWhole } from './get/readers.ts';
import { missingServers, serveFromHome, serveFromLoop, serveFromNginx } from './get/servers.ts';
import { type BenchOptions, type Question, type Row, runBench } from './report.ts';
import { inTurn } from './rounds.ts';
import { randomFile } from './swarm/stand.ts';

const MIB = 1_048_576;
const GROWTH = [1, 8, 64, 256, 1000];
const IDLE_CONNECTIONS = 64;
const BUSY_CONNECTIONS = 8;
/** Of what a download brings beside nginx's readers, what it brings beside ours. */
const LEFT = 0.8;
const LOOP = 'a bare loop';
const ALL_NAMES = [...NAMES, 'loop'] as const;
type Name = (typeof ALL_NAMES)[number];
type All<T> = Record<Name, T>;
/** by number of readers */
type Growth = [number, Both<Ranges>][];

await runBench(import.meta, async (options: BenchOptions): Promise<Question> => {
  const missing = [...missingServers(), ...(hasLibtorrent ? [] : ['python3-libtorrent'])];
  if (missing.length > 0) return { ...question([], [], []), notMeasured: notMeasured(missing) };
  await using stack = new AsyncDisposableStack();
  const file = await randomFile(stack, (options.quick ? 128 : 1024) * MIB);
  const home = stack.use(await startHome());
  const served = {
    ours: await serveFromHome(home, file),
    nginx: await serveFromNginx(stack, file),
    loop: await serveFromLoop(stack, file),
  };
  const both = { ours: served.ours, nginx: served.nginx };
  const rounds = options.quick ? 1 : 5;
  const whole = await inTurn(
    rounds,
    {
      ours: () => readWhole(served.ours),
      nginx: () => readWhole(served.nginx),
      loop: () => readWhole(served.loop),
    },
    { warmUp: true },
  );
  // Short rounds: a server of ours that rests for seconds gives its memory back, and has to warm up again.
  const idle = await rangesInTurn(served, IDLE_CONNECTIONS, [options.quick ? 1 : 7, 1]);
  const growth: Growth = [];
  for (const readers of options.quick ? [] : GROWTH) {
    growth.push([readers, await rangesInTurn(both, readers, [3, 1])]);
  }

  const download = await startDownload(stack, home, (options.quick ? 0.75 : 8) * 1024 * MIB);
  const busy = await besideDownload(download, both, BUSY_CONNECTIONS, options.quick ? [1, 0.7] : [3, 3]);
  return question(rowsOf(whole, idle, busy), growth, [
    `A file of ${file.size / MIB} MiB in the page cache; a daemon with a capability, nginx with sendfile and one worker; medians of rounds in turn. wrk has one thread.`,
    'The bare loop reads the file and writes it to the socket in the same runtime, and checks neither request nor reader nor file: what is missing between it and nginx is that bytes are copied to be checked before they leave.',
    `The download is from libtorrent on this machine, without any limit; each of its rates is counted over the very time in which nobody read, or the readers beside it did. What it is alone is its full rate; readers, both servers, the download and libtorrent share ${cpus().length} cores.`,
  ]);
});

function notMeasured(missing: string[]): string[] {
  const goals = [
    'one reader of the whole file',
    'ranges, idle',
    '99 of 100 ranges beside a download',
    'a download beside ranges',
  ];
  return goals.map(goal => `${goal} (not installed: ${missing.join(', ')})`);
}

function rowsOf(whole: All<number>, idle: All<Ranges>, { ranges: busy, rates }: BesideDownload): Row[] {
  const besideLoop = (what: string, unit: string, { ours, loop }: Omit<All<number>, 'nginx'>): Row => ({
    what,
    ours,
    unit,
    peer: { name: LOOP, value: loop },
  });
  const of = (both: Both<Ranges>, figure: keyof Ranges) => ({ ours: both.ours[figure], nginx: both.nginx[figure] });
  const onePass = 'one reader of the whole file';
  const ranges = `64 KiB ranges, ${IDLE_CONNECTIONS} connections, idle`;
  return [
    row(onePass, 'MB/s', whole, { ratioAtLeast: 0.65 }),
    row(ranges, 'ranges/s', of(idle, 'perSecond'), { ratioAtLeast: 0.5 }),
    row('99 of 100 of these ranges within', 'ms', of(idle, 'p99Ms')),
    row(`64 KiB ranges, ${BUSY_CONNECTIONS} connections, beside a download`, 'ranges/s', of(busy, 'perSecond')),
    row('99 of 100 of these ranges within', 'ms', of(busy, 'p99Ms'), { ratioAtMost: 3 }),
    { what: 'the download, while nobody reads', ours: rates.alone, unit: 'MB/s' },
    {
      what: 'the download, beside these ranges',
      ours: rates.ours,
      unit: 'MB/s',
      peer: { name: "beside nginx's", value: rates.nginx },
      goal: { ratioAtLeast: LEFT },
    },
    besideLoop(onePass, 'MB/s', whole),
    besideLoop(ranges, 'ranges/s', { ours: idle.ours.perSecond, loop: idle.loop.perSecond }),
  ];
}

function question(rows: Row[], growth: Growth, notes: string[]): Question {
  const bars = (name: string, title: string, yLabel: string, shown: Row[], labels: string[]) => ({
    kind: 'bars' as const,
    name: `get-${name}`,
    title,
    xLabel: 'what is read',
    yLabel,
    series: NAMES.map(server => ({
      name: server,
      points: shown.map((row, at): [string, number] => [
        labels[at]!,
        server === 'ours' ? row.ours : (row.peer?.value ?? Number.NaN),
      ]),
    })),
  });
  const lines = (name: string, title: string, yLabel: string, figure: keyof Ranges) => ({
    kind: 'lines' as const,
    log: true,
    name: `get-${name}`,
    title,
    xLabel: 'readers at once',
    yLabel,
    series: NAMES.map(server => ({
      name: server,
      points: growth.map(([readers, both]): [number, number] => [readers, both[server][figure]]),
    })),
  });
  const [whole, idle, idleP99, busy, busyP99, alone, beside] = rows;
  return {
    title: '/get: how fast is a complete file served?',
    goal: "Beside nginx with sendfile: 0.65 of its bytes a second for one reader; half of its ranges a second at 64 connections; beside a download at full rate, at 8 connections, 99 of 100 ranges within three times nginx's time, and the download brings at least 0.8 of what it brings beside nginx's readers.",
    rows,
    notes,
    plots:
      whole && idle && idleP99 && busy && busyP99 && alone && beside
        ? [
            bars('whole', 'One reader of a whole file', 'MB/s', [whole], ['the whole']),
            bars('ranges', 'Random ranges of 64 KiB', 'ranges/s', [idle, busy], ['64 at once', '8, beside a download']),
            bars(
              'p99',
              'How long 99 of 100 ranges take at most',
              'ms',
              [idleP99, busyP99],
              ['64 at once', '8, beside a download'],
            ),
            {
              kind: 'bars',
              name: 'get-download',
              title: 'A download beside readers of ranges of 64 KiB',
              xLabel: 'who serves the readers',
              yLabel: 'MB/s',
              series: [
                {
                  name: 'the download',
                  points: [
                    ['nobody reads', alone.ours],
                    ['ours', beside.ours],
                    ['nginx', beside.peer?.value ?? Number.NaN],
                  ],
                },
              ],
            },
            lines('growth', 'Random ranges of 64 KiB, by number of readers', 'ranges/s', 'perSecond'),
            lines('growth-p99', 'How long 99 of 100 of them take at most', 'ms', 'p99Ms'),
          ]
        : [],
  };
}
