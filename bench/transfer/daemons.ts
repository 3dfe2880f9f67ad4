/** A file goes from a whole daemon to another: what each holds in memory, with its engine and whatever else it starts. */

import { dirname } from 'node:path';
import { openSiteDouble } from '../../test/support/site-double.ts';
import { type HomeProcess, startHome } from '../../test/world/home.ts';
import { watchMemory } from '../../test/world/memory.ts';
import { until } from '../../test/world/until.ts';
import type { BigFile } from '../swarm/stand.ts';

/** ms between two looks at the memory */
export const LOOK_MS = 50;
const PATIENCE_MS = 120_000;

/** bytes that all processes of a home had resident at most, all at one time */
export interface Held {
  seeder: number;
  leecher: number;
}

/** From the wish until the file has its name: the check of the whole file, which the daemon makes, is in it. */
export async function memoryOfDaemons({ path, id, infoHash, size }: BigFile): Promise<Held> {
  await using stack = new AsyncDisposableStack();
  const [seeder, leecher] = [stack.use(await startHome()), stack.use(await startHome())];
  const shared = await seeder.call('folder.add', { path: dirname(path), all: true, everyone: true });
  await seeder.call('folder.wait', { path: shared.path });
  const site = await openSiteDouble();
  stack.defer(() => site.close());
  const peers = [`127.0.0.1:${seeder.ready.peer}`];
  site.described.set(id, { sha1: id, info_hash: infoHash, size, extension: 'mp4', peers });
  await leecher.call('site.grant', { origin: site.origin, lan: true });
  const watched = await Promise.all([seeder, leecher].map(watch));
  await leecher.call('request.add', { ids: [id] });
  const isThere = async () => ['available', 'seeding'].includes((await leecher.call('item.status', { id })).state);
  await until('the file to be there', isThere, PATIENCE_MS);
  const [ofSeeder = 0, ofLeecher = 0] = await Promise.all(watched.map(most => most()));
  return { seeder: ofSeeder, leecher: ofLeecher };
}

async function watch(home: HomeProcess): Promise<() => Promise<number>> {
  const { pid } = await home.call('daemon.status', {});
  const memory = watchMemory(pid, LOOK_MS);
  return async () => Math.max(...(await memory.end()).map(({ bytes }) => bytes));
}
