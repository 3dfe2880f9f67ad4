/** How long is the first byte waited for after a jump in a download that runs, beside libtorrent with piece deadlines? */

import { hasNamespaces } from '../test/support/netns.ts';
import { type BenchOptions, type Question, type Row, runBench } from './report.ts';
import { quantile } from './rounds.ts';
import { QUEUE_MS } from './swarm/line.ts';
import { ask, libtorrentJumps, onLine, type Seed } from './swarm/seeders.ts';
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

interface Asked {
  gibibytes: number;
  seeks: number;
  /** s of playing before the first jump, and between two */
  before: number;
  between: number;
}

const LOOPBACK = '127.0.0.1';

const SEEDERS = {
  'libtorrent seeds on a line': onLine(RATE),
  'libtorrent seeds by its limit': async (stack, file) => {
    const { port } = await libtorrent(stack, file, { mode: 'seed', uploadLimit: RATE });
    return { at: `${LOOPBACK}:${port}`, from: LOOPBACK };
  },
  'ours seeds by its limit': async (stack, file) => {
    const seeder = await benchHome(stack);
    seeder.torrents.setLimits({ down: null, up: RATE });
    await serve(seeder, file);
    return { at: `${LOOPBACK}:${seeder.torrents.peerPort}`, from: LOOPBACK };
  },
} satisfies Record<string, Seed>;
type Seeder = keyof typeof SEEDERS;
/** libtorrent shares out its limit twice a second, and a peer that asks for all of it waits for the next share. */
const IN_BURSTS: Seeder = 'libtorrent seeds by its limit';

await runBench(import.meta, async (options: BenchOptions): Promise<Question> => {
  // All files to 2 GiB have pieces of the same length.
  const sizes = options.quick ? [0.25] : [1, 4];
  const pace = options.quick ? { seeks: 3, before: 1, between: 0.4 } : { seeks: 20, before: 3, between: 0.7 };
  const measured: Measured[] = [];
  for (const gibibytes of sizes) measured.push(...(await measure({ gibibytes, ...pace }, options)));
  return {
    title: 'Seek: how long until the first byte at another place of a running download?',
    goal: 'From a seeder that gives 10 MB/s: within a piece at that rate plus 50 ms, and under 250 ms for files to 4 GiB.',
    rows: measured.flatMap(rowsOf),
    plots: [
      {
        kind: 'lines',
        name: 'seek',
        title: 'First byte after a jump, 10 MB/s, libtorrent seeds on a line',
        xLabel: 'share of the jumps, %',
        yLabel: 'ms',
        series: measured
          .filter(({ seeder }) => seeder === 'libtorrent seeds on a line')
          .flatMap(({ gibibytes, ours, theirs }) => [
            { name: `${gibibytes} GiB: ours`, points: curve(ours) },
            { name: `${gibibytes} GiB: libtorrent`, points: curve(theirs) },
          ]),
        mark: { label: 'goal', value: 250 },
      },
    ],
    notes: [
      'Ours is asked over HTTP (`/get` with a range) and gives a byte once its piece is verified; libtorrent is asked in its process whether it has the piece.',
      `The line sends 10 MB/s (tc tbf, up to ${QUEUE_MS} ms of queue). Both players at the same time, each with a seeder of its own${options.quick ? ', and all seeders at once' : ''}.`,
      'libtorrent shares out its own limit every 500 ms: whoever asks for all of it waits for the next share, up to a second.',
      ...(hasNamespaces ? [] : ['No line: it needs root and network namespaces.']),
    ],
  };
});

interface Measured {
  gibibytes: number;
  pieceLength: number;
  seeder: Seeder;
  /** ms of each jump */
  ours: number[];
  theirs: number[];
}

async function measure(asked: Asked, { quick }: BenchOptions): Promise<Measured[]> {
  await using stack = new AsyncDisposableStack();
  const file = await sparseFile(stack, asked.gibibytes * GIB);
  const seeders = (Object.keys(SEEDERS) as Seeder[]).filter(name => hasNamespaces || !name.endsWith('line'));
  const one = async (seeder: Seeder): Promise<Measured> => {
    const seed = SEEDERS[seeder];
    const [ours, theirs] = await Promise.all([ourSeeks(file, asked, seed), theirSeeks(file, asked, seed)]);
    return { gibibytes: asked.gibibytes, pieceLength: file.pieceLength, seeder, ours, theirs };
  };
  if (quick) return await Promise.all(seeders.map(one));
  const measured: Measured[] = [];
  for (const seeder of seeders) measured.push(await one(seeder));
  return measured;
}

function rowsOf({ gibibytes, pieceLength, seeder, ours, theirs }: Measured): Row[] {
  const row = (what: string, share: number, goal: Row['goal']): Row => ({
    what: `${gibibytes} GiB, ${seeder}: ${what}`,
    ours: quantile(ours, share),
    unit: 'ms',
    peer: { name: 'libtorrent', value: quantile(theirs, share) },
    ...(goal && { goal }),
  });
  // Whoever asks a seeder for more than its share waits for the next one: there is no goal, only who waits less.
  if (seeder === IN_BURSTS) return [row('median', 0.5, undefined), row('95 of 100', 0.95, undefined)];
  return [row('median', 0.5, { atMost: (pieceLength / RATE) * 1000 + 50 }), row('95 of 100', 0.95, { atMost: 250 })];
}

function curve(ms: readonly number[]): [number, number][] {
  return ms.toSorted((a, b) => a - b).map((each, at) => [(100 * (at + 1)) / ms.length, each]);
}

async function theirSeeks(file: BigFile, { seeks, before, between }: Asked, seed: Seed): Promise<number[]> {
  await using stack = new AsyncDisposableStack();
  return await libtorrentJumps(stack, file, await seed(stack, file), { before, between, seeks, seed: 1 });
}

async function ourSeeks(file: BigFile, { seeks, before, between }: Asked, seed: Seed): Promise<number[]> {
  await using stack = new AsyncDisposableStack();
  const { at, from } = await seed(stack, file);
  const player = await benchHome(stack, { peerAddress: from });
  player.torrents.download(wishOf(file, [at]));
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
