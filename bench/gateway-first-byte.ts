/** How long is the first byte of a torrent's file waited for where it is not here? Confluence beside libtorrent with piece deadlines. */

import { setTimeout as delay } from 'node:timers/promises';
import { hasNamespaces } from '../test/support/netns.ts';
import { hasLibtorrent } from '../test/support/peers.ts';
import { startHome } from '../test/world/home.ts';
import { magnetOf } from './gateway/held.ts';
import { type BenchOptions, type Question, type Row, runBench } from './report.ts';
import { quantile } from './rounds.ts';
import { ask, libtorrentJumps, onLine, type Seed } from './swarm/seeders.ts';
import { type BigFile, sparseFile } from './swarm/stand.ts';

const GIB = 2 ** 30;
/** bytes a second that the seeder gives */
const RATE = 10_000_000;
/** of the file, where readers begin */
const PLACES = [0, 0.5, 0.9];
/** from one reader's place to that of the next, so that none finds what another fetched ahead */
const STEP_BYTES = 8 * 2 ** 20;
/** where the download goes on that runs beside the readers: it comes to none of their places */
const BESIDE = 0.12;

interface Asked {
  /** of each place */
  readers: number;
  /** s before the first, and between two */
  before: number;
  between: number;
  /** a download of the file runs at full rate */
  isBusy: boolean;
}

/** ms, by the place in the file */
type Times = number[][];

await runBench(import.meta, async ({ quick }: BenchOptions): Promise<Question> => {
  const missing = [
    ...(hasLibtorrent ? [] : ['python3-libtorrent']),
    ...(hasNamespaces ? [] : ['root and network namespaces']),
  ];
  if (missing.length > 0) return question([], [`Not here: ${missing.join(', ')}; nothing was measured.`]);
  await using stack = new AsyncDisposableStack();
  const file = await sparseFile(stack, quick ? GIB / 4 : 2 * GIB);
  const pace = quick ? { readers: 2, before: 1, between: 0.2 } : { readers: 20, before: 3, between: 0.6 };
  const measure = async (isBusy: boolean): Promise<Row[]> => {
    const asked = { ...pace, isBusy };
    const [ours, theirs] = await Promise.all([
      ourTimes(file, asked, onLine(RATE)),
      theirTimes(file, asked, onLine(RATE)),
    ]);
    return PLACES.flatMap((place, at) => rowsOf(place, ours[at] ?? [], theirs[at] ?? [], isBusy));
  };
  const rows = quick
    ? (await Promise.all([measure(false), measure(true)])).flat()
    : [...(await measure(false)), ...(await measure(true))];
  return question(rows, [
    'Ours is asked over HTTP (`/data` with a range, a new connection each) and gives a byte once its piece is verified; libtorrent is asked in its process whether it has the piece.',
    'Both at the same time, each with a seeder of its own (libtorrent) behind a line that sends 10 MB/s. What is described and whom to ask is known before the first reader comes.',
    'Idle, libtorrent is told to want no piece until one gets a deadline; its connection stays.',
    `Medians of ${pace.readers} readers at places ${STEP_BYTES / 2 ** 20} MiB apart. Downloading: another reader takes all that the line gives.`,
  ]);
});

function rowsOf(place: number, ours: number[], theirs: number[], isBusy: boolean): Row[] {
  const what = `at ${place * 100} %, ${isBusy ? 'while it is downloaded' : 'idle'}`;
  const row = (share: number, name: string): Row => ({
    what: `${what}: ${name}`,
    ours: quantile(ours, share),
    unit: 'ms',
    peer: { name: 'libtorrent', value: quantile(theirs, share) },
  });
  return [{ ...row(0.5, 'median'), goal: { ratioAtMost: isBusy ? 1 : 1.2 } }, row(0.9, '9 of 10')];
}

function question(rows: Row[], notes: string[]): Question {
  const medians = rows.filter(({ what }) => what.endsWith('median'));
  const label = ({ what }: Row) => what.replace(': median', '').replace('while it is downloaded', 'busy');
  return {
    title: 'Confluence: how long until the first byte of what is not here?',
    goal: 'Beside libtorrent with piece deadlines, at 0, 50 and 90 % of a file: under its time while the file is downloaded, at most 1.2 times it else.',
    rows,
    notes,
    plots:
      rows.length > 0
        ? [
            {
              kind: 'bars' as const,
              name: 'gateway-first-byte',
              title: 'First byte where it is not here, 10 MB/s',
              xLabel: 'place in the file',
              yLabel: 'ms',
              series: [
                { name: 'ours', points: medians.map((row): [string, number] => [label(row), row.ours]) },
                {
                  name: 'libtorrent',
                  points: medians.map((row): [string, number] => [label(row), row.peer?.value ?? Number.NaN]),
                },
              ],
            },
          ]
        : [],
  };
}

/** In turn at each place, a bit further on every time. */
function placesOf(file: BigFile, readers: number): number[] {
  return Array.from({ length: readers }, (_, reader) => reader).flatMap(reader =>
    PLACES.map(place => Math.floor((place * file.size + reader * STEP_BYTES) / file.pieceLength) * file.pieceLength),
  );
}

function byPlace(times: readonly number[]): Times {
  return PLACES.map((_, place) => times.filter((_ms, at) => at % PLACES.length === place));
}

async function theirTimes(file: BigFile, { readers, before, between, isBusy }: Asked, seed: Seed): Promise<Times> {
  await using stack = new AsyncDisposableStack();
  const pieces = file.size / file.pieceLength;
  const positions = placesOf(file, readers).map(place => place / file.pieceLength);
  const skip = isBusy ? Math.floor(BESIDE * pieces) : pieces + 1;
  return byPlace(await libtorrentJumps(stack, file, await seed(stack, file), { before, between, positions, skip }));
}

async function ourTimes(file: BigFile, { readers, before, between, isBusy }: Asked, seed: Seed): Promise<Times> {
  await using stack = new AsyncDisposableStack();
  const { at, from } = await seed(stack, file);
  const home = stack.use(await startHome(['--confluence', '0', '--gateway-lan'], undefined, { peerAddress: from }));
  const base = `http://127.0.0.1:${home.ready.confluence}`;
  await (await fetch(`${base}/info?magnet=${encodeURIComponent(magnetOf(file, [at]))}`)).arrayBuffer();
  const url = `${base}/data?ih=${file.infoHash}&path=${file.id}`;
  const beside = isBusy ? (await ask(url, Math.floor(BESIDE * file.size))).answer.resume() : undefined;
  await delay(before * 1000);
  const times: number[] = [];
  for (const place of placesOf(file, readers)) {
    const { answer, ms } = await ask(url, place);
    answer.destroy();
    times.push(ms);
    await delay(between * 1000);
  }
  beside?.destroy();
  return byPlace(times);
}
