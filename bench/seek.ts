/** How long is the first byte waited for after a jump in a download that runs, beside libtorrent with piece deadlines? */

import { get, type IncomingMessage } from 'node:http';
import { type BenchOptions, type Question, type Row, runBench } from './report.ts';
import { median, quantile } from './rounds.ts';
import {
  type BenchHome,
  type BigFile,
  benchHome,
  libtorrent,
  serve,
  serveGet,
  sparseFile,
  wishOf,
} from './swarm/stand.ts';

/** bytes a second that the seeder gives */
const RATE = 10_000_000;
const GIB = 2 ** 30;
/** pieces that libtorrent is given deadlines for, as players on it do */
const DEADLINES = 16;

interface Asked {
  gibibytes: number;
  seeks: number;
  /** s of playing before the first jump, and between two */
  before: number;
  between: number;
}

await runBench(import.meta, async (options: BenchOptions): Promise<Question> => {
  const sizes = options.quick ? [1] : [1, 4];
  const pace = options.quick ? { seeks: 3, before: 1, between: 0.5 } : { seeks: 20, before: 3, between: 1 };
  const measured = [];
  for (const gibibytes of sizes) measured.push(await measure({ gibibytes, ...pace }));
  return {
    title: 'Seek: how long until the first byte at another place of a running download?',
    goal: 'From a seeder that gives 10 MB/s: under 250 ms for files to 4 GiB, and no slower than libtorrent with piece deadlines.',
    rows: measured.flatMap(each => each.rows),
    plots: [
      {
        kind: 'lines',
        name: 'seek',
        title: 'First byte after a jump, 10 MB/s',
        xLabel: 'share of the jumps, %',
        yLabel: 'ms',
        series: measured.flatMap(each => each.series),
        mark: { label: 'goal', value: 250 },
      },
    ],
    notes: [
      'Ours is asked over HTTP (`/get` with a range) and gives a byte once its piece is verified; libtorrent is asked in its process whether it has the piece.',
    ],
  };
});

async function measure(asked: Asked): Promise<{ rows: Row[]; series: { name: string; points: [number, number][] }[] }> {
  await using stack = new AsyncDisposableStack();
  const file = await sparseFile(stack, asked.gibibytes * GIB);
  const theirs = await theirSeeks(file, asked);
  const figures = {
    'libtorrent seeds': await ourSeeks(file, asked, async part => {
      return (await libtorrent(part, file, { mode: 'seed', uploadLimit: RATE })).port;
    }),
    'ours seeds': await ourSeeks(file, asked, async part => {
      const seeder = await benchHome(part);
      seeder.torrents.setLimits({ down: null, up: RATE });
      await serve(seeder, file);
      return seeder.torrents.peerPort;
    }),
  };
  const peer = (share: number) => ({ name: 'libtorrent', value: quantile(theirs, share) });
  const rows = Object.entries(figures).flatMap(([seeder, ours]): Row[] => {
    const what = `${asked.gibibytes} GiB, ${seeder}`;
    return [
      { what: `${what}: median`, ours: median(ours), unit: 'ms', peer: peer(0.5), goal: { ratioAtMost: 1 } },
      { what: `${what}: 95 of 100`, ours: quantile(ours, 0.95), unit: 'ms', peer: peer(0.95), goal: { atMost: 250 } },
    ];
  });
  const all = [
    ...Object.entries(figures).map(([name, ms]) => [`ours, ${name}`, ms] as const),
    ['libtorrent', theirs] as const,
  ];
  const series = all.map(([name, ms]) => ({ name: `${asked.gibibytes} GiB: ${name}`, points: curve(ms) }));
  return { rows, series };
}

function curve(ms: readonly number[]): [number, number][] {
  return ms.toSorted((a, b) => a - b).map((each, at) => [(100 * (at + 1)) / ms.length, each]);
}

async function theirSeeks(file: BigFile, { seeks, before, between }: Asked): Promise<number[]> {
  await using stack = new AsyncDisposableStack();
  const seeder = await libtorrent(stack, file, { mode: 'seed', uploadLimit: RATE });
  const player = await libtorrent(stack, file, {
    mode: 'seek',
    peers: [`127.0.0.1:${seeder.port}`],
    sequential: true,
    before,
    between,
    seeks,
    ahead: DEADLINES,
    seed: 1,
  });
  return (await player.done()).flatMap(said => (said.event === 'seek' ? [said.seconds * 1000] : []));
}

async function ourSeeks(
  file: BigFile,
  { seeks, before, between }: Asked,
  seed: (stack: AsyncDisposableStack) => Promise<number>,
): Promise<number[]> {
  await using stack = new AsyncDisposableStack();
  const port = await seed(stack);
  const player = await benchHome(stack);
  player.torrents.download(wishOf(file, [`127.0.0.1:${port}`]));
  const url = `http://127.0.0.1:${await serveGet(stack, player)}/get/${file.id}`;
  const start = await ask(url, 0);
  await sleep(before);
  let playing = start.answer;
  const times: number[] = [];
  for (let n = 0; n < seeks; n++) {
    const position = notHere(player, file);
    playing.destroy();
    const { answer, ms } = await ask(url, position);
    playing = answer;
    times.push(ms);
    await sleep(between);
  }
  playing.destroy();
  return times;
}

/** Resolves with the first byte of the body; what follows is read as fast as it comes. */
function ask(url: string, position: number): Promise<{ answer: IncomingMessage; ms: number }> {
  const asked = performance.now();
  return new Promise((resolve, reject) => {
    const request = get(url, { headers: { range: `bytes=${position}-` }, agent: false }, answer => {
      answer.on('error', () => {});
      answer.once('data', () => resolve({ answer, ms: performance.now() - asked }));
    });
    request.on('error', reject);
  });
}

/** A place whose piece has not arrived. */
function notHere(home: BenchHome, file: BigFile): number {
  for (;;) {
    const position = Math.floor(Math.random() * file.size);
    if (!home.verified.has(Math.floor(position / file.pieceLength))) return position;
  }
}

function sleep(seconds: number): Promise<void> {
  return new Promise(resolve => setTimeout(resolve, seconds * 1000));
}
