/** A site that takes every call and answers none: nobody else waits for it, and it is all the same to a daemon that ends. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { openSiteDouble, type SiteDouble } from '../support/site-double.ts';
import { someBytes } from '../support/swarm.ts';
import { startHome } from '../world/home.ts';
import { until } from '../world/until.ts';

const ACTIONS = ['api', 'signin', 'sync', 'addRequests', 'removeRequests', 'getRequests'];

let stack: AsyncDisposableStack;
let [good, hanging]: SiteDouble[] = [];
beforeEach(async () => {
  stack = new AsyncDisposableStack();
  good = await openSiteDouble();
  hanging = await openSiteDouble();
  for (const site of [good, hanging]) stack.defer(() => site.close());
});
afterEach(() => stack.disposeAsync());

describe('a site that hangs', () => {
  it('keeps no other site, no reader and no command waiting, and has all it was to have when it is back', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lsd-hanging-'));
    stack.defer(() => rm(folder, { recursive: true, force: true }));
    const [film, later, wanted] = [someBytes(1000), someBytes(1000), someBytes(1000)];
    await writeFile(join(folder, 'film.mkv'), film.bytes);
    const home = stack.use(await startHome(['--poll-seconds', '1']));
    for (const { origin } of [good!, hanging!]) await home.call('site.grant', { origin, lan: true });
    hanging!.described.set(wanted.id, { sha1: wanted.id, info_hash: wanted.infoHash, extension: 'mkv', size: 1000 });
    await home.call('request.add', { ids: [wanted.id], site: hanging!.origin });
    for (const action of ACTIONS) hanging!.replies.set(action, () => new Promise(() => {}));
    await home.call('folder.add', { path: folder, sites: [good!.origin, hanging!.origin] });
    await home.call('folder.wait', { path: folder });
    const [stuck] = [home.call('site.sync', { origin: hanging!.origin }).catch((thrown: unknown) => thrown)];
    await until('it hangs', () => hanging!.of('sync').length > 0);

    expect(await home.call('site.sync', { origin: good!.origin })).toMatchObject([{ ids: 1 }]);
    expect([...good!.ids]).toEqual([film.id]);
    await writeFile(join(folder, 'later.mkv'), later.bytes);
    await until('what came later is told', async () => {
      await home.call('site.sync', { origin: good!.origin });
      return good!.ids.has(later.id);
    });
    const { url } = await home.call('item.url', { id: film.id });
    expect((await fetch(url)).status).toBe(200);
    const polls = good!.of('getRequests').length;
    await until('the other one is polled on', () => good!.of('getRequests').length > polls + 1);
    // It is cancelled here although the site cannot be told yet.
    await home.call('request.remove', { ids: [wanted.id], site: hanging!.origin });
    expect((await home.call('item.status', { id: wanted.id })).state).toBe('unknown');

    // It stops with all these calls open, and tells them when the site is there again.
    expect(await home.cli(['stop'])).toMatchObject({ code: 0 });
    await stuck;
    hanging!.replies.clear();
    await home.kill();
    await home.start();
    await until('it has all', async () => {
      await home.call('site.sync', { origin: hanging!.origin });
      return hanging!.ids.size === 2 && hanging!.requested.size === 0;
    });
  });
});
