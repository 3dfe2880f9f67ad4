/** How does a sync grow with the ids on both sides, up to 1,000,000? */

import { type ChildProcess, spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { fileURLToPath } from 'node:url';
import { openDatabase } from '../host/store/database.ts';
import { parseId, parseInfoHash } from '../shared/id.ts';
import { openRoom, type Room } from '../test/support/sites-room.ts';
import { type Question, runBench } from './report.ts';

const MB = 1e6;
const SAMPLE_MS = 20;

interface Cost {
  /** s */
  took: number;
  /** MB that the process grew by at most, the site's reply included */
  grew: number;
  /** ms; the longest that anything else waited for this thread */
  held: number;
}
interface Sample {
  ids: number;
  /** the site knows nothing yet */
  first: Cost;
  /** the site knows all, and nothing changed */
  next: Cost;
}

if (process.argv[2] === '--serve') await serveSite();
else {
  await runBench(import.meta, async ({ quick }) => {
    const samples: Sample[] = [];
    for (const ids of quick ? [1000, 10_000] : [10_000, 100_000, 1_000_000]) samples.push(await measure(ids));
    return question(samples);
  });
}

/** A site in a process of its own, which remembers what it is told and never asks for metadata. */
async function serveSite(): Promise<void> {
  const ids: string[] = [];
  const replies: Record<string, (data: { add?: string[] }) => unknown> = {
    api: () => ({ actions: {}, json: true }),
    sync(data) {
      if (!data.add) return { ids };
      for (const id of data.add) ids.push(id);
      return { update: [] };
    },
    getRequests: () => ({ ids: [] }),
  };
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray()).toString();
    // The first call comes as a form, before it is known that JSON will do.
    const { action, data } = body.startsWith('{') ? JSON.parse(body) : { action: 'api', data: {} };
    response.end(JSON.stringify({ status: { code: 200, text: 'ok' }, data: replies[action]?.(data) ?? {} }));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  console.log(typeof address === 'object' ? address?.port : '');
}

async function measure(ids: number): Promise<Sample> {
  const folder = await mkdtemp(join(tmpdir(), 'lsd-bench-sync-'));
  const site = spawn(process.execPath, [fileURLToPath(import.meta.url), '--serve'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const [port] = await once(site.stdout, 'data');
    const origin = `http://127.0.0.1:${Number(String(port))}`;
    await using room = await openRoom({ database: openDatabase(join(folder, 'catalogue.db')), pollSeconds: 1e9 });
    fill(room, origin, ids);
    await room.sites.grant({ origin, lan: true });
    const sync = () => room.sites.sync(origin, { prune: false }, new AbortController().signal);
    return { ids, first: await costOf(sync), next: await costOf(sync) };
  } finally {
    await end(site);
    await rm(folder, { recursive: true, force: true });
  }
}

function fill({ catalogue }: Room, origin: string, ids: number): void {
  const folder = catalogue.addFolder('/films', { all: true, everyone: false, addedAt: 0 });
  catalogue.shareFolder(folder.id, origin);
  const hashes = Array.from({ length: ids }, (_, n) => createHash('sha1').update(`${n}`).digest('hex')).sort();
  const info = new Uint8Array(100);
  catalogue.batch(() => {
    for (const [n, hash] of hashes.entries()) {
      const stamp = { inode: `1:${n}`, size: 1000 + n, mtimeNs: '0', ctimeNs: '0' };
      const infoHash = parseInfoHash(hash.split('').reverse().join(''))!;
      const file = { path: `/films/${n}.mkv`, stamp, id: parseId(hash)!, extension: 'mkv', media: true, verifiedAt: 0 };
      catalogue.recordFile(file, { infoHash, info });
    }
  });
}

async function costOf(work: () => Promise<unknown>): Promise<Cost> {
  globalThis.gc?.();
  const before = process.memoryUsage.rss();
  let most = before;
  const timer = setInterval(() => {
    most = Math.max(most, process.memoryUsage.rss());
  }, SAMPLE_MS);
  const delay = monitorEventLoopDelay({ resolution: SAMPLE_MS });
  delay.enable();
  const started = performance.now();
  await work();
  const took = (performance.now() - started) / 1000;
  delay.disable();
  clearInterval(timer);
  return { took, grew: (Math.max(most, process.memoryUsage.rss()) - before) / MB, held: delay.max / 1e6 };
}

async function end(child: ChildProcess): Promise<void> {
  const gone = once(child, 'exit');
  child.kill('SIGKILL');
  await gone;
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
  return {
    title: 'Sync: how does it grow with the ids on both sides?',
    goal: '1,000,000 ids fit: both sides are merged as streams, and nothing else waits long meanwhile.',
    rows: [
      { what: `${count} ids, the first sync`, ours: most.first.took, unit: 's' },
      { what: `${count} ids, nothing changed`, ours: most.next.took, unit: 's' },
      { what: `${count} ids, nothing changed: memory on top`, ours: most.next.grew, unit: 'MB', goal: { atMost: 50 } },
      { what: `${count} ids, the first sync: longest wait of others`, ours: most.first.held, unit: 'ms' },
      { what: `${count} ids, nothing changed: longest wait of others`, ours: most.next.held, unit: 'ms' },
    ],
    plots: [
      { ...axes, name: 'sync-seconds', title: 'A sync, by ids', yLabel: 'seconds', series: lines(cost => cost.took) },
      {
        ...axes,
        name: 'sync-wait',
        title: 'The longest that anything else waited during a sync',
        yLabel: 'ms',
        series: lines(cost => cost.held),
      },
    ],
    notes: [
      'The rooms of the daemon that sync, with their database on disk, against a site in a process of its own that answers at once; metadata is not asked for. No program of others does this: nothing to compare with.',
    ],
  };
}
