/** A site whose database is put back from an old backup: a real daemon's next sync mends it, and takes nothing for deleted. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { openSiteDouble } from '../support/site-double.ts';
import { someBytes } from '../support/swarm.ts';
import { startHome } from '../world/home.ts';
import { faultsAfter } from '../world/unharmed.ts';
import { until } from '../world/until.ts';
import { watchFiles } from '../world/untouched.ts';

it('a site restored from before a file was deleted, one added and one requested is told what it forgot', async () => {
  await using stack = new AsyncDisposableStack();
  const site = await openSiteDouble();
  stack.defer(() => site.close());
  const folder = await mkdtemp(join(tmpdir(), 'lsd-restored-'));
  stack.defer(() => rm(folder, { recursive: true, force: true }));
  const films = stack.use(await watchFiles(folder));
  const [kept, deleted, added, wanted] = [1, 2, 3, 4].map(n => someBytes(50_000 + n));
  if (!kept || !deleted || !added || !wanted) throw new Error('four files were made');
  await films.add('kept.mkv', kept.bytes);
  await films.add('deleted.mkv', deleted.bytes);
  const home = stack.use(await startHome(['--poll-seconds', '1']));
  const account = { username: 'ann', password: 'secret' };
  await home.call('site.grant', { origin: site.origin, lan: true, ...account });
  await home.call('folder.add', { path: folder, sites: [site.origin] });
  await home.call('folder.wait', { path: folder });
  const synced = (ids: string[]) =>
    until('the site knows these', async () => {
      await home.call('site.sync', {});
      return String([...site.ids].sort()) === String([...ids].sort()) && ids.every(id => site.described.has(id));
    });
  await synced([kept.id, deleted.id]);

  const backup = structuredClone({ ids: site.ids, described: site.described, requested: site.requested });
  await films.remove('deleted.mkv');
  await films.add('added.mkv', added.bytes);
  await synced([kept.id, added.id]);
  const description = { sha1: wanted.id, info_hash: wanted.infoHash, extension: 'mkv', size: wanted.bytes.length };
  site.described.set(wanted.id, description);
  await home.call('request.add', { ids: [wanted.id] });
  expect([...site.requested]).toEqual([wanted.id]);

  Object.assign(site, structuredClone(backup));
  const calls = site.calls.length;
  // What it took back once it may not take back again: by now that may be another machine's of the same person.
  const mended = [kept.id, deleted.id, added.id];
  await synced(mended);
  expect(site.described.get(added.id)).toMatchObject({ info_hash: added.infoHash, size: added.bytes.length });
  const isOpen = async () => /^(waiting|metadata)$/.test((await home.call('item.status', { id: wanted.id })).state);
  expect(await isOpen()).toBe(true);

  const known = { username: account.username, passwords: [account.password], folders: [folder] };
  expect(await faultsAfter(home, { site, ...known, requested: [wanted.id] })).toEqual([]);
  await home.call('folder.wait', { path: folder });
  await synced(mended);
  expect(await isOpen()).toBe(true);
  expect(site.calls.slice(calls).flatMap(({ data }) => data.remove ?? [])).toEqual([]);
  const { url } = await home.call('item.url', { id: added.id });
  expect(Buffer.from(await (await fetch(url)).arrayBuffer()).equals(added.bytes)).toBe(true);
  expect(await films.finish()).toEqual([]);
});
