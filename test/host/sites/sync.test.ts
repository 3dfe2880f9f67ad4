import { afterEach, describe, expect, it } from 'vitest';
import { createArchive } from '../../../site/archive.ts';
import { openSiteDouble, refuse, type SiteDouble } from '../../support/site-double.ts';
import { hashOf, idOf, openRoom, type Room, type RoomOptions, until } from '../../support/sites-room.ts';

const forever = new AbortController().signal;
const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

async function granted(options?: RoomOptions): Promise<{ home: Room; site: SiteDouble; origin: string }> {
  const site = await openSiteDouble();
  open.push({ [Symbol.asyncDispose]: site.close });
  return { ...(await joined(site, options)), site, origin: site.origin };
}
async function joined(site: { origin: string }, options?: RoomOptions): Promise<{ home: Room }> {
  const home = await openRoom({ pollSeconds: 1e9, ...options });
  open.push(home);
  await home.sites.grant({ origin: site.origin });
  return { home };
}
const sync = (home: Room, origin: string, prune = false) => home.sites.sync(origin, { prune }, forever);
const numbers = (from: number, to: number) => Array.from({ length: to - from }, (_, n) => from + n);

describe('a sync', () => {
  it('adds what is shared and describes it, without a path or a name', async () => {
    const { home, site, origin } = await granted();
    home.share(origin, [1, 2]);
    const result = await sync(home, origin);
    expect(result).toEqual({ added: 2, removed: 0, updated: 2, kept: 0, ids: 2, scanning: false });
    expect([...site.ids].sort()).toEqual([idOf(1), idOf(2)]);
    expect(site.described.get(idOf(1))).toEqual({
      ...{ sha1: idOf(1), info_hash: hashOf(1), extension: 'mkv', size: 1001, mime: 'video/x-matroska' },
    });
    expect(JSON.stringify(site.calls.map(call => call.data))).not.toContain('films');
  });

  it('with nothing changed is one pass: it asks once what the site knows and once what it lacks', async () => {
    const { home, site, origin } = await granted();
    // More than one call may carry.
    home.share(origin, numbers(0, 10_050));
    for (const n of numbers(0, 10_050)) if (n > 2) site.described.set(idOf(n), {});
    expect(await sync(home, origin)).toMatchObject({ added: 10_050, updated: 3 });
    const before = site.of('sync').length;
    expect(await sync(home, origin)).toEqual({
      ...{ added: 0, removed: 0, updated: 0, kept: 0, ids: 10_050, scanning: false },
    });
    expect(
      site
        .of('sync')
        .slice(before)
        .map(call => call.data),
    ).toEqual([{}, { add: [], remove: [] }]);
  });

  it('removes what it reported and holds no longer, and keeps what others reported', async () => {
    const { home, site, origin } = await granted();
    home.share(origin, [1, 2]);
    site.ids.add(idOf(9));
    site.described.set(idOf(9), {});
    await sync(home, origin);
    home.catalogue.forgetFile('/films/2.mkv');
    expect(await sync(home, origin)).toMatchObject({ added: 0, removed: 1, kept: 1, ids: 1 });
    expect([...site.ids].sort()).toEqual([idOf(1), idOf(9)]);
    expect(await sync(home, origin, true)).toMatchObject({ removed: 1, kept: 0 });
    expect([...site.ids]).toEqual([idOf(1)]);
  });

  it('of a second home never removes what the first reported', async () => {
    const { home, site, origin } = await granted();
    home.share(origin, [1, 2]);
    await sync(home, origin);
    const { home: second } = await joined(site);
    second.share(origin, [2, 3]);
    expect(await sync(second, origin)).toMatchObject({ added: 1, removed: 0, kept: 1 });
    second.catalogue.forgetFile('/films/2.mkv');
    second.catalogue.forgetFile('/films/3.mkv');
    // 2 was listed by the first home before the second had it: it is not the second's to remove.
    expect(await sync(second, origin)).toMatchObject({ removed: 1, kept: 2 });
    expect([...site.ids].sort()).toEqual([idOf(1), idOf(2)]);
  });

  it('after a fresh install keeps what the site lists', async () => {
    const { home, site, origin } = await granted();
    home.share(origin, [1]);
    await sync(home, origin);
    const { home: fresh } = await joined(site);
    expect(await sync(fresh, origin)).toMatchObject({ added: 0, removed: 0, kept: 1 });
  });

  it('tells a restored site again what it forgot', async () => {
    const { home, site, origin } = await granted();
    home.share(origin, [1, 2]);
    await sync(home, origin);
    site.ids.clear();
    site.described.clear();
    expect(await sync(home, origin)).toMatchObject({ added: 2, updated: 2 });
  });

  it('mends a site that was restored from an old backup, removes nothing that it cannot know of, and wishes again', async () => {
    const { home, site, origin } = await granted();
    home.share(origin, [1, 2]);
    await sync(home, origin);
    const backup = { ids: new Set(site.ids), described: new Map(site.described), requested: new Set(site.requested) };
    home.catalogue.forgetFile('/films/1.mkv');
    home.hold('/films', 3);
    await sync(home, origin);
    site.described.set(idOf(9), { sha1: idOf(9), info_hash: hashOf(9), extension: 'mkv', size: 1000 });
    await home.sites.addRequests(origin, [idOf(9)]);
    expect([[...site.ids], [...site.requested]]).toEqual([[idOf(2), idOf(3)], [idOf(9)]]);

    site.ids = new Set(backup.ids);
    site.described = new Map(backup.described);
    site.requested = new Set(backup.requested);
    // What it took back once it may not take back again: by now the id may be another machine's of the same person.
    expect(await sync(home, origin)).toMatchObject({ added: 1, updated: 1, removed: 0, kept: 1 });
    expect([...site.ids].sort()).toEqual([1, 2, 3].map(idOf));
    expect(site.described.get(idOf(3))).toMatchObject({ info_hash: hashOf(3), size: 1003 });
    expect(home.requests.get(origin, idOf(9))).toMatchObject({ state: 'open' });
    expect(await sync(home, origin, true)).toMatchObject({ removed: 1, kept: 0 });

    // Nobody is told of the wish any longer, so nobody has it; the site hears it again.
    home.torrents.all.set(idOf(9), {
      ...{ id: idOf(9), state: 'waiting', reason: 'no-peers', progress: 0, size: 0, downloaded: 0, uploaded: 0 },
      ...{ rates: { down: 0, up: 0 }, peers: 0 },
    });
    site.described.set(idOf(9), { sha1: idOf(9), info_hash: hashOf(9), extension: 'mkv', size: 1000 });
    home.hands.pass(60_000);
    await until(() => site.requested.has(idOf(9)), 'the wish');
  });

  it('removes nothing while a shared folder is being hashed', async () => {
    const { home, site, origin } = await granted();
    const folder = home.share(origin, [1, 2]);
    await sync(home, origin);
    home.catalogue.forgetFile('/films/2.mkv');
    home.scanning.add(folder);
    expect(await sync(home, origin)).toMatchObject({ removed: 0, scanning: true });
    expect(site.ids.size).toBe(2);
    home.scanning.clear();
    expect(await sync(home, origin)).toMatchObject({ removed: 1, scanning: false });
  });

  it('says that files were read when the reading ended in the middle: not all of them may have been told', async () => {
    const { home, origin } = await granted();
    home.scanning.add(home.share(origin, [1]));
    const running = sync(home, origin);
    home.scanning.clear();
    expect(await running).toMatchObject({ scanning: true });
    expect(await sync(home, origin)).toMatchObject({ scanning: false });
  });

  it('removes nothing while a folder is missing, adds what other folders have, and fails', async () => {
    const { home, site, origin } = await granted();
    const folder = home.share(origin, [1, 2]);
    await sync(home, origin);
    home.share(origin, [3], '/more');
    home.catalogue.updateFolder(folder, { missing: { code: 'gone' } });
    await expect(sync(home, origin)).rejects.toMatchObject({ code: 'folder-missing' });
    await expect(sync(home, origin, true)).rejects.toMatchObject({ code: 'folder-missing' });
    expect([...site.ids].sort()).toEqual([idOf(1), idOf(2), idOf(3)]);
    home.catalogue.updateFolder(folder, { missing: null });
    expect(await sync(home, origin)).toMatchObject({ added: 0, removed: 0, ids: 3 });
  });

  it('removes nothing of a disk that goes while it runs', async () => {
    const { home, site, origin } = await granted();
    const folder = home.share(origin, numbers(0, 20));
    await sync(home, origin);
    site.replies.set('sync', ({ data }) => {
      if (!data.add && !data.update) home.catalogue.updateFolder(folder, { missing: { code: 'gone' } });
      return act(site, data);
    });
    await expect(sync(home, origin)).rejects.toMatchObject({ code: 'folder-missing' });
    expect(site.ids.size).toBe(20);
  });

  it('removes at once what a scan found gone, although it hears of the end from within the scan', async () => {
    const { home, site, origin } = await granted();
    const folder = home.share(origin, [1, 2]);
    await sync(home, origin);
    home.catalogue.forgetFile('/films/2.mkv');
    home.scanning.add(folder);
    home.events.emit('library.scanned', { folder, changed: true });
    home.scanning.clear();
    await until(() => site.ids.size === 1);
  });

  it('does not follow a scan that found nothing new, unless the last one fell into that scan', async () => {
    const { home, site, origin } = await granted();
    const folder = home.share(origin, [1, 2]);
    await sync(home, origin);
    const before = site.of('sync').length;
    home.events.emit('library.scanned', { folder, changed: false });
    await home.sites.seedRequests(origin);
    expect(site.of('sync')).toHaveLength(before);
    home.catalogue.forgetFile('/films/2.mkv');
    home.scanning.add(folder);
    expect(await sync(home, origin)).toMatchObject({ removed: 0, scanning: true });
    home.scanning.clear();
    home.events.emit('library.scanned', { folder, changed: false });
    await until(() => site.ids.size === 1);
  });

  it('sends at most 10,000 ids and 100 descriptions a call, and takes the last reply for what is lacking', async () => {
    const { home, site, origin } = await granted();
    home.share(origin, numbers(0, 20_050));
    for (const n of numbers(0, 20_050)) if (n % 20 !== 0) site.described.set(idOf(n), {});
    expect(await sync(home, origin)).toMatchObject({ added: 20_050, updated: 1003 });
    const sizes = (key: string) =>
      site.of('sync').flatMap(({ data }) => (Array.isArray(data[key]) ? [data[key].length] : []));
    expect(sizes('add')).toEqual([10_000, 10_000, 50, 0]);
    expect(sizes('update')).toEqual([...Array(10).fill(100), 3]);
  });

  it('ignores what the site lacks and this home does not share', async () => {
    const { home, site, origin } = await granted();
    home.share(origin, [1]);
    home.share('https://other.example', [5], '/other');
    site.ids.add(idOf(5));
    expect(await sync(home, origin)).toMatchObject({ updated: 1 });
    expect(site.described.has(idOf(5))).toBe(false);
  });

  it('does not go on for ever with a site that forgets what it is told', async () => {
    const { home, site, origin } = await granted();
    home.share(origin, [1, 2]);
    site.replies.set('sync', ({ data }) =>
      data.add ? { update: [idOf(1), idOf(2)] } : data.update ? {} : { ids: [] },
    );
    expect(await sync(home, origin)).toMatchObject({ updated: 2 });
  });

  it('repeats while the list of what is lacking shrinks', async () => {
    const { home, site, origin } = await granted();
    home.share(origin, [1, 2, 3]);
    // This one takes in a single description a call.
    site.replies.set('sync', ({ data }) => {
      if (Array.isArray(data.update)) site.described.set(data.update[0].sha1, data.update[0]);
      if (data.add) return { update: [1, 2, 3].map(idOf).filter(id => !site.described.has(id)) };
      return data.update ? {} : { ids: [] };
    });
    expect(await sync(home, origin)).toMatchObject({ updated: 3 });
    expect(site.described.size).toBe(3);
  });

  it('of the same site joins the one that runs; one that prunes comes after', async () => {
    const { home, site, origin } = await granted();
    site.ids.add(idOf(9));
    const gate = Promise.withResolvers<void>();
    site.replies.set('sync', async ({ data }) => {
      if (data.add || data.update) return {};
      await gate.promise;
      return { ids: [idOf(9)] };
    });
    const both = [sync(home, origin), sync(home, origin), sync(home, origin, true)];
    await until(() => site.of('sync').length === 1);
    gate.resolve();
    const [first, second, third] = await Promise.all(both);
    expect(second).toBe(first);
    expect([first?.kept, third?.removed]).toEqual([1, 1]);
  });

  it('that the page asked for is followed by another where something changed meanwhile', async () => {
    const { home, site, origin } = await granted();
    const folder = home.share(origin, [1]);
    const gate = Promise.withResolvers<void>();
    site.replies.set('sync', async ({ data }) => {
      if (data.add) await gate.promise;
      return act(site, data);
    });
    const running = sync(home, origin);
    await until(() => site.of('sync').length === 2);
    home.hold('/films', 2);
    home.events.emit('library.scanned', { folder, changed: true });
    gate.resolve();
    await running;
    await until(() => site.ids.has(idOf(2)));
  });

  it('leaves out what the person blocked and what the site withdrew', async () => {
    const { home, site, origin } = await granted();
    home.share(origin, [1, 2, 3, 4]);
    await sync(home, origin);
    home.blocklist.add(idOf(1));
    home.blocklist.add(hashOf(2));
    site.wanted = { ids: [idOf(3)], withdrawn: [idOf(3), idOf(99)] };
    expect(await home.sites.seedRequests(origin)).toEqual({ ids: [] });
    await until(() => site.ids.size === 1, 'the sync after the withdrawal');
    expect([...site.ids]).toEqual([idOf(4)]);
    expect(home.sites.mayRead(origin, idOf(1))).toBe(false);
    expect(home.sites.mayRead(origin, idOf(3))).toBe(false);
    expect(home.store.isWithdrawn(origin, idOf(99))).toBe(false);
  });

  it('cut off at any call ends in the same state as one that was not', async () => {
    for (let cut = 1; cut <= 6; cut++) {
      const { home, site, origin } = await granted();
      home.share(origin, [1, 2, 3]);
      await sync(home, origin);
      home.catalogue.forgetFile('/films/2.mkv');
      home.hold('/films', 4);
      site.described.delete(idOf(3));
      const usual = site.calls.length;
      const cutAt = usual + cut;
      // Half of the calls are lost before the site acts on them, half after.
      for (const lost of ['before', 'after'] as const) {
        site.replies.set('sync', (call, response) => {
          if (site.calls.length < cutAt) return act(site, call.data);
          if (lost === 'after') act(site, call.data);
          response.destroy();
          return undefined;
        });
        await sync(home, origin).catch(() => {});
      }
      site.replies.clear();
      const later = await home.restart();
      open.push(later);
      await sync(later, origin);
      expect([...site.ids].sort()).toEqual([idOf(1), idOf(3), idOf(4)]);
      expect([...later.store.reportedIds(origin)]).toEqual([idOf(1), idOf(3), idOf(4)]);
      expect(site.described.has(idOf(3)) && site.described.has(idOf(4))).toBe(true);
    }
  });

  it('runs by itself: after a scan, 10 s after the last change, and again when a site that failed is back', async () => {
    const { home, site, origin } = await granted({ pollSeconds: 60 });
    const folder = home.share(origin, [1]);
    home.events.emit('library.scanned', { folder, changed: true });
    await until(() => site.ids.has(idOf(1)));
    home.hold('/films', 2);
    home.events.emit('library.changed', { folders: [folder] });
    home.hands.pass(9_000);
    home.events.emit('library.changed', { folders: [folder] });
    home.hands.pass(9_000);
    expect(site.ids.has(idOf(2))).toBe(false);
    home.hands.pass(1_000);
    await until(() => site.ids.has(idOf(2)));

    site.replies.set('sync', () => refuse(500));
    home.hold('/films', 3);
    const failed = site.of('sync').length;
    home.events.emit('library.scanned', { folder, changed: true });
    await until(() => site.of('sync').length > failed);
    site.replies.clear();
    await until(() => {
      home.hands.pass(60_000);
      return site.ids.has(idOf(3));
    }, 'the sync that was owed');
  });

  it('follows when a folder is no longer shared', async () => {
    const { home, site, origin } = await granted();
    const folder = home.share(origin, [1]);
    home.events.emit('folders.changed', {});
    home.hands.pass(10_000);
    await until(() => site.ids.has(idOf(1)));
    home.catalogue.removeFolder(folder);
    home.events.emit('folders.changed', {});
    home.hands.pass(10_000);
    await until(() => site.ids.size === 0);
  });

  it('shows beforehand what it would do', async () => {
    const { home, site, origin } = await granted();
    home.share(origin, [1, 2]);
    site.ids.add(idOf(1)).add(idOf(7));
    expect(await home.sites.plan(origin)).toEqual({ origin, add: 1, remove: 0, kept: 1, kinds: { video: 2 } });
    expect(site.of('sync')).toHaveLength(1);
  });

  it('works with the reference site, account and all', async () => {
    const archive = await createArchive({ accounts: [{ username: 'ann', password: 'correct horse' }] });
    open.push({ [Symbol.asyncDispose]: () => archive.close() });
    const home = await openRoom();
    open.push(home);
    const info = await home.sites.grant({ origin: archive.origin, username: 'ann', password: 'correct horse' });
    expect(info).toMatchObject({ signedIn: true, name: 'A small archive', trackers: archive.trackerUrls });
    home.share(archive.origin, [1, 2]);
    expect(await sync(home, archive.origin)).toMatchObject({ added: 2, updated: 2 });
    expect(await sync(home, archive.origin)).toMatchObject({ added: 0, updated: 0, ids: 2 });
  });
});

/** What the double does by itself. */
function act(site: SiteDouble, data: Record<string, unknown>): unknown {
  const list = (value: unknown): string[] => (Array.isArray(value) ? value : []);
  if (Array.isArray(data.update)) {
    for (const one of data.update) site.described.set(one.sha1, one);
    return {};
  }
  if (!data.add) return { ids: [...site.ids] };
  for (const id of list(data.add)) site.ids.add(id);
  for (const id of list(data.remove)) site.ids.delete(id);
  return { update: [...site.ids].filter(id => !site.described.has(id)) };
}
