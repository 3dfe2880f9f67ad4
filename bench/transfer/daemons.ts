/** A file goes from a whole daemon to another: what each holds in memory, with its engine and whatever else it starts. */

import { readFile } from 'node:fs/promises';
import { dirname } from 'node:path';
import { openSiteDouble } from '../../test/support/site-double.ts';
import { type HomeProcess, startHome } from '../../test/world/home.ts';
import { processesOf, watchMemory } from '../../test/world/memory.ts';
import { until } from '../../test/world/until.ts';
import type { BigFile } from '../swarm/stand.ts';

/** ms between two looks at the memory */
export const LOOK_MS = 50;
const PATIENCE_MS = 120_000;

/** bytes */
export interface Held {
  /** that all processes of the home had resident at most, all at one time */
  most: number;
  /** that are pages of files, as the runtime's code: each process counts them, though they are in the memory once */
  ofFiles: number;
}
export interface HeldByBoth {
  seeder: Held;
  leecher: Held;
}

/** From the wish until the file has its name: the check of the whole file, which the daemon makes, is in it. */
export async function memoryOfDaemons({ path, id, infoHash, size }: BigFile): Promise<HeldByBoth> {
  await using stack = new AsyncDisposableStack();
  const [seeder, leecher] = [stack.use(await startHome()), stack.use(await startHome())];
  const shared = await seeder.call('folder.add', { path: dirname(path), all: true, everyone: true });
  await seeder.call('folder.wait', { path: shared.path });
  const site = await openSiteDouble();
  stack.defer(() => site.close());
  const peers = [`127.0.0.1:${seeder.ready.peer}`];
  site.described.set(id, { sha1: id, info_hash: infoHash, size, extension: 'mp4', peers });
  await leecher.call('site.grant', { origin: site.origin, lan: true });
  const [ofSeeder, ofLeecher] = [await watch(seeder), await watch(leecher)];
  await leecher.call('request.add', { ids: [id] });
  const isThere = async () => ['available', 'seeding'].includes((await leecher.call('item.status', { id })).state);
  await until('the file to be there', isThere, PATIENCE_MS);
  return { seeder: await ofSeeder(), leecher: await ofLeecher() };
}

async function watch(home: HomeProcess): Promise<() => Promise<Held>> {
  const { pid } = await home.call('daemon.status', {});
  const memory = watchMemory(pid, LOOK_MS);
  return async () => ({
    most: Math.max(...(await memory.end()).map(({ bytes }) => bytes)),
    ofFiles: await bytesOfFiles(pid),
  });
}

async function bytesOfFiles(pid: number): Promise<number> {
  // One may end meanwhile.
  const texts = (await processesOf(pid)).map(each => readFile(`/proc/${each}/status`, 'latin1').catch(() => ''));
  const kilobytes = (text: string) => Number(/^RssFile:\s+(\d+) kB/m.exec(text)?.[1] ?? 0);
  return (await Promise.all(texts)).reduce((sum, text) => sum + kilobytes(text) * 1024, 0);
}
