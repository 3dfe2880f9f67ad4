/** How long is the first byte waited for after a jump in a download that runs, beside libtorrent with piece deadlines? */

import { setTimeout as delay } from 'node:timers/promises';
import { hasNamespaces } from '../test/support/netns.ts';
import { type BenchOptions, type Question, type Row, runBench } from './report.ts';
import { curve, median, quantile } from './rounds.ts';
import { sharesOf } from './seek/sharing.ts';
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

/** ms; of any file to 4 GiB, and beyond the time that a piece takes at the seeder's rate */
const GOAL = { any: 250, beyondPiece: 50 };
/** Of what libtorrent waits for; both wait for the seeder's next share, at whose moment hardly anything differs. */
const AS_LONG = 1.05;
/** Of its equal share, what the reader that gets the least is to get. */
const FAIR = 0.8;
const READERS = [2, 3];

interface Asked {
  gibibytes: number;
  /** jumps from a seeder with goals, and from the one without */
  seeks: number;
  seeksInBursts: number;
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
/** Whose bytes come evenly, and from whom several readers read. */
const EVEN: Seeder = hasNamespaces ? 'libtorrent seeds on a line' : 'ours seeds by its limit';

await runBench(import.meta, async (options: BenchOptions): Promise<Question> => {
  // All files to 2 GiB have pieces of the same length.
  const sizes = options.quick ? [0.25] : [1, 4];
  const pace = options.quick
    ? { seeks: 3, seeksInBursts: 3, before: 1, between: 0.4 }
    : { seeks: 60, seeksInBursts: 30, before: 3, between: 0.4 };
  const measured: Measured[] = [];
  for (const gibibytes of sizes) measured.push(...(await measure({ gibibytes, ...pace }, options)));
  const shared = await measureSharing(sizes[0]!, options);
  return {
    title: 'Seek: how long until the first byte at another place of a running download?',
    goal: `From a seeder that gives 10 MB/s evenly (a line, or ours by its limit), 95 of 100 jumps: within a piece at that rate plus ${GOAL.beyondPiece} ms, and under ${GOAL.any} ms for files to 4 GiB. Of libtorrent by its own limit, which gives in bursts, as long as libtorrent waits (median, to a twentieth). Several readers of one file: the least gets ${FAIR} of its equal share.`,
    rows: [...measured.flatMap(rowsOf), ...shared],
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
        mark: { label: 'goal', value: GOAL.any },
      },
    ],
    notes: [
      'Ours is asked over HTTP (`/get` with a range) and gives a byte once its piece is verified; libtorrent is asked in its process whether it has the piece.',
      `The line sends 10 MB/s (tc tbf, up to ${QUEUE_MS} ms of queue). Each player has a seeder of its own; ${options.quick ? 'all at the same time' : 'they jump one after the other'}.`,
      `libtorrent shares out its own limit every 500 ms: whoever asks for all of it waits for the next share, up to a second, wherever it jumps. That wait is the seeder’s doing, so from it there is no goal in ms, only one beside libtorrent, which waits for the same. Each jump comes ${pace.between} s after the first byte of the last one, so of each second about the rest is waited.`,
      `Several readers: /get at places equally far apart, each as fast as it comes, of one download of ${sizes[0]} GiB (${EVEN}); an equal share is 10 MB/s over their number.`,
    ],
    ...(!hasNamespaces && {
      notMeasured: sizes.flatMap(gibibytes =>
        [`within a piece and ${GOAL.beyondPiece} ms`, `within ${GOAL.any} ms`].map(
          goal => `${gibibytes} GiB, libtorrent seeds on a line: ${goal} (it needs root and network namespaces)`,
        ),
      ),
    }),
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
    const jumps = { ...asked, seeks: seeder === IN_BURSTS ? asked.seeksInBursts : asked.seeks };
    const seed = SEEDERS[seeder];
    const jumping = ourSeeks(file, jumps, seed);
    // One after the other, or the players would share the cores.
    if (!quick) await jumping;
    const [ours, theirs] = await Promise.all([jumping, theirSeeks(file, jumps, seed)]);
    return { gibibytes: asked.gibibytes, pieceLength: file.pieceLength, seeder, ours, theirs };
  };
  if (quick) return await Promise.all(seeders.map(one));
  const measured: Measured[] = [];
  for (const seeder of seeders) measured.push(await one(seeder));
  return measured;
}

async function measureSharing(gibibytes: number, { quick }: BenchOptions): Promise<Row[]> {
  await using stack = new AsyncDisposableStack();
  const file = await sparseFile(stack, gibibytes * GIB);
  const rows: Row[] = [];
  for (const readers of quick ? READERS.slice(-1) : READERS) {
    const times = quick ? { before: 0.5, counted: 1 } : { before: 3, counted: 10 };
    const shares = await sharesOf(file, { seed: SEEDERS[EVEN], rate: RATE, readers, ...times });
    rows.push({
      what: `${readers} readers at once: the least, of its equal share`,
      ours: Math.min(...shares),
      unit: '',
      goal: { atLeast: FAIR },
    });
  }
  return rows;
}

function rowsOf({ gibibytes, pieceLength, seeder, ours, theirs }: Measured): Row[] {
  const of = (what: string, figure: (ms: number[]) => number, goal?: Row['goal']): Row => ({
    what: `${gibibytes} GiB, ${seeder}: ${what}`,
    ours: figure(ours),
    unit: 'ms',
    peer: { name: 'libtorrent', value: figure(theirs) },
    ...(goal && { goal }),
  });
  const most = (ms: number[]) => quantile(ms, 0.95);
  const slowest = of(`the slowest of ${ours.length}`, ms => Math.max(...ms));
  if (seeder === IN_BURSTS) return [of('median', median, { ratioAtMost: AS_LONG }), of('95 of 100', most), slowest];
  return [
    of('median', median),
    of('95 of 100', most, { atMost: (pieceLength / RATE) * 1000 + GOAL.beyondPiece }),
    of('95 of 100, whatever its pieces', most, { atMost: GOAL.any }),
    slowest,
  ];
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
  await delay(before * 1000);
  let playing = start.answer;
  const times: number[] = [];
  for (let n = 0; n < seeks; n++) {
    const position = notHere(player, file);
    playing.destroy();
    const { answer, ms } = await ask(url, position);
    playing = answer;
    times.push(ms);
    await delay(between * 1000);
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
