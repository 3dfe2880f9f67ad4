/** A file goes from a whole daemon to another: what each holds in memory, with its engine and whatever else it starts. */

import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { openSiteDouble } from '../../test/support/site-double.ts';
import { type HomeProcess, startHome } from '../../test/world/home.ts';
import { processesOf } from '../../test/world/memory.ts';
import { until } from '../../test/world/until.ts';
import { rest } from '../at-rest.ts';
import type { BigFile } from '../swarm/stand.ts';

/** ms between two looks at the memory */
export const LOOK_MS = 50;
const PATIENCE_MS = 120_000;
const THERE = ['available', 'seeding'];
/** s; the daemon looks every 5 s whether its work is over (platform/memory.ts) */
const REST_SECONDS = { full: 11, quick: 1 };

/** bytes, of all processes of a home at one time */
export interface Held {
  /** what it takes of the machine's memory: pages of files, as the runtime's code, once */
  taken: number;
  /** the sum of what each process has resident, where such pages count in each */
  resident: number;
}
export interface HeldByBoth {
  seeder: Held;
  leecher: Held;
  /** the same with the check of the whole file, which its daemon makes after the transfer */
  leecherChecking: Held;
}

/** The most of each, from the request on. */
export async function memoryOfDaemons(
  { path, id, infoHash, size }: BigFile,
  how: keyof typeof REST_SECONDS,
): Promise<HeldByBoth> {
  await using stack = new AsyncDisposableStack();
  const [seeder, leecher] = [stack.use(await startHome()), stack.use(await startHome())];
  const shared = await seeder.call('folder.add', { path: dirname(path), all: true, everyone: true });
  await seeder.call('folder.wait', { path: shared.path });
  const site = await openSiteDouble();
  stack.defer(() => site.close());
  const peers = [`127.0.0.1:${seeder.ready.peer}`];
  site.described.set(id, { sha1: id, info_hash: infoHash, size, extension: 'mp4', peers });
  await leecher.call('site.grant', { origin: site.origin, lan: true });
  // They run for long, and have given back what their start took.
  await Promise.all([seeder, leecher].map(home => comeToRest(home, how)));
  const [ofSeeder, ofLeecher] = await Promise.all([watch(seeder), watch(leecher)]);
  await leecher.call('request.add', { ids: [id] });
  const isOneOf = (states: string[]) => async () => states.includes((await leecher.call('item.status', { id })).state);
  await until('all pieces to be there', isOneOf(['verifying', ...THERE]), PATIENCE_MS);
  const transferred = { seeder: ofSeeder.most(), leecher: ofLeecher.most() };
  await until('the file to be there', isOneOf(THERE), PATIENCE_MS);
  await Promise.all([ofSeeder.end(), ofLeecher.end()]);
  return { ...transferred, leecherChecking: ofLeecher.most() };
}

async function comeToRest(home: HomeProcess, how: keyof typeof REST_SECONDS): Promise<void> {
  const { pid } = await home.call('daemon.status', {});
  await rest(pid, REST_SECONDS[how]);
}

interface Watch {
  /** until now */
  most(): Held;
  end(): Promise<void>;
}

async function watch(home: HomeProcess): Promise<Watch> {
  const { pid } = await home.call('daemon.status', {});
  const most: Held = { taken: 0, resident: 0 };
  const ended = new AbortController();
  const watching = (async () => {
    while (!ended.signal.aborted) {
      const { taken, resident } = await heldBy(pid);
      most.taken = Math.max(most.taken, taken);
      most.resident = Math.max(most.resident, resident);
      await delay(LOOK_MS, undefined, { signal: ended.signal }).catch(() => {});
    }
  })();
  return {
    most: () => ({ ...most }),
    async end() {
      ended.abort();
      await watching;
    },
  };
}

async function heldBy(pid: number): Promise<Held> {
  // One may end meanwhile.
  const texts = (await processesOf(pid)).map(each => readFile(`/proc/${each}/status`, 'latin1').catch(() => ''));
  const pages = (await Promise.all(texts)).map(text => ({
    ofFiles: bytes(text, 'RssFile'),
    all: bytes(text, 'VmRSS'),
  }));
  const resident = pages.reduce((sum, { all }) => sum + all, 0);
  const own = pages.reduce((sum, { all, ofFiles }) => sum + all - ofFiles, 0);
  return { taken: own + Math.max(...pages.map(({ ofFiles }) => ofFiles)), resident };
}

function bytes(status: string, field: string): number {
  return Number(new RegExp(`^${field}:\\s+(\\d+) kB`, 'm').exec(status)?.[1] ?? 0) * 1024;
}
