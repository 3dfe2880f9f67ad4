/** How does a sync grow with the ids on both sides, up to 1,000,000? */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath } from 'node:url';
import { isDeepStrictEqual } from 'node:util';
import { type Question, runBench } from './report.ts';
import type { Cost } from './sync/home.ts';
import { CALLS, type SyncCall } from './sync/site.ts';

const HOME = fileURLToPath(new URL('./sync/home.ts', import.meta.url));
const SITE = fileURLToPath(new URL('./sync/site.ts', import.meta.url));
/** One pass with nothing to tell: what the site knows, and the question what it lacks metadata of. */
const ONE_PASS: SyncCall[] = [
  { add: null, remove: null },
  { add: 0, remove: 0 },
];
const MOST_MEMORY = 50;

interface Sample {
  ids: number;
  /** the site knows nothing yet */
  first: Cost;
  /** the site knows all, and nothing changed */
  next: Cost;
}

await runBench(import.meta, async ({ quick }) => {
  const samples: Sample[] = [];
  for (const ids of quick ? [1000, 10_000] : [10_000, 100_000, 1_000_000]) samples.push(await measure(ids));
  return question(samples);
});

/** Each sync is the first of its process: what the one before raised, it does not find. */
async function measure(ids: number): Promise<Sample> {
  await using stack = new AsyncDisposableStack();
  const folder = await mkdtemp(join(tmpdir(), 'lsd-bench-sync-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const file = join(folder, 'catalogue.db');
  const origin = await openSite(stack);
  await home('fill', file, origin, String(ids));
  await callsOf(origin);
  const first: Cost = JSON.parse(await home('sync', file, origin));
  check(first, { added: ids, ids });
  await callsOf(origin);
  const next: Cost = JSON.parse(await home('sync', file, origin));
  check(next, { added: 0, ids });
  const calls = await callsOf(origin);
  if (!isDeepStrictEqual(calls, ONE_PASS)) {
    throw new Error(
      `with nothing changed the site was called ${calls.length} times: ${JSON.stringify(calls.slice(0, 9))}`,
    );
  }
  return { ids, first, next };
}

async function openSite(stack: AsyncDisposableStack): Promise<string> {
  const site = spawn(process.execPath, [SITE], { stdio: ['ignore', 'pipe', 'inherit'] });
  stack.defer(async () => {
    const gone = once(site, 'exit');
    site.kill('SIGKILL');
    await gone;
  });
  const [port] = await once(site.stdout, 'data');
  return `http://127.0.0.1:${Number(String(port))}`;
}

async function callsOf(origin: string): Promise<SyncCall[]> {
  return (await (await fetch(`${origin}${CALLS}`)).json()) as SyncCall[];
}

/** What it printed. */
async function home(...args: string[]): Promise<string> {
  const child = spawn(process.execPath, ['--expose-gc', HOME, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [said, [code]] = await Promise.all([text(child.stdout), once(child, 'exit')]);
  if (code !== 0) throw new Error(`home.ts ${args[0]} ended with ${code}`);
  return said;
}

function check({ result }: Cost, { added, ids }: { added: number; ids: number }): void {
  const expected = { added, removed: 0, updated: 0, kept: 0, ids, scanning: false };
  if (!isDeepStrictEqual(result, expected)) throw new Error(`the sync told ${JSON.stringify(result)}`);
}

function question(samples: Sample[]): Question {
  const most = samples.at(-1)!;
  const count = most.ids.toLocaleString('en');
  const line = (name: string, of: (sample: Sample) => number) => ({
    name,
    points: samples.map(sample => [sample.ids, of(sample)] as const),
  });
  const lines = (of: (cost: Cost) => number) => [
    line('the first sync', sample => of(sample.first)),
    line('nothing changed', sample => of(sample.next)),
  ];
  const axes = { kind: 'lines', log: true, xLabel: 'ids on both sides' } as const;
  const memory = { unit: 'MB', goal: { atMost: MOST_MEMORY } };
  return {
    title: 'Sync: how does it grow with the ids on both sides?',
    goal: '1,000,000 ids fit: both sides are merged as streams in bounded memory, in one pass where nothing changed, and nothing else waits long meanwhile.',
    rows: [
      { what: `${count} ids, the first sync`, ours: most.first.took, unit: 's' },
      { what: `${count} ids, nothing changed`, ours: most.next.took, unit: 's' },
      { what: `${count} ids, the first sync: memory on top`, ours: most.first.grew, ...memory },
      { what: `${count} ids, nothing changed: memory on top`, ours: most.next.grew, ...memory },
      { what: `${count} ids, the first sync: longest wait of others`, ours: most.first.held, unit: 'ms' },
      { what: `${count} ids, nothing changed: longest wait of others`, ours: most.next.held, unit: 'ms' },
    ],
    plots: [
      { ...axes, name: 'sync-seconds', title: 'A sync, by ids', yLabel: 'seconds', series: lines(cost => cost.took) },
      {
        ...axes,
        name: 'sync-memory',
        title: 'Memory that a sync takes on top, by ids',
        yLabel: 'MB',
        series: lines(cost => cost.grew),
        mark: { label: 'goal', value: MOST_MEMORY },
      },
      {
        ...axes,
        name: 'sync-wait',
        title: 'The longest that anything else waited during a sync',
        yLabel: 'ms',
        series: lines(cost => cost.held),
      },
    ],
    notes: [
      'The rooms of the daemon that sync, with their database on disk, against a site in a process of its own that answers at once, its ids in no order; metadata is not asked for. No program of others does this: nothing to compare with.',
      'Each sync is the first of a fresh process over the filled database. Memory is the peak of what the process had resident (VmHWM) over what it had after a collection just before.',
      'With nothing changed the site is called exactly twice: for what it knows, and for what it lacks, with nothing to add or remove. The bench fails where it is not.',
    ],
  };
}
