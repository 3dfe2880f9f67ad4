import { afterEach, describe, expect, it } from 'vitest';
import { nextPollMs } from '../../../host/sites/cadence.ts';
import { createArchive } from '../../../site/archive.ts';
import { openSiteDouble, refuse, type SiteDouble } from '../../support/site-double.ts';
import { hashOf, idOf, openRoom, type Room, type RoomOptions, until } from '../../support/sites-room.ts';

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const forever = new AbortController().signal;
const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
});

async function granted(
  about: object = {},
  options?: RoomOptions,
): Promise<{ home: Room; site: SiteDouble; origin: string }> {
  const site = await openSiteDouble(about);
  open.push({ [Symbol.asyncDispose]: site.close });
  const home = await openRoom(options);
  open.push(home);
  await home.sites.grant({ origin: site.origin });
  await until(() => site.of('getRequests').length >= 2, 'the first polls (of the loop, and of the grant)');
  return { home, site, origin: site.origin };
}

describe('the time between polls', () => {
  const calm = { failures: 0, holds: false, quietMs: 0, pollMs: null };
  it.each([
    [{}, MINUTE],
    [{ quietMs: 61 * MINUTE }, 5 * MINUTE],
    [{ quietMs: 61 * MINUTE, pollMs: SECOND }, SECOND],
    [{ holds: true }, 200],
    [{ failures: 1 }, 5 * SECOND],
    [{ failures: 2, holds: true }, 10 * SECOND],
    [{ failures: 100 }, 15 * MINUTE],
    [{ failures: 1, pollMs: SECOND }, SECOND],
  ])('%j: %i ms', (state, expected) => {
    expect(nextPollMs({ ...calm, ...state }, 0)).toBe(expected);
  });
});

describe('polling', () => {
  it('seeds what a site wants of what is shared with it; the rest is dropped unseen', async () => {
    const { home, site, origin } = await granted();
    home.share(origin, [1]);
    home.share('https://other.example', [2], '/other');
    site.wanted = {
      ids: [idOf(1), idOf(2), 'nonsense'],
      peers: { [idOf(1)]: ['127.0.0.1:7', 'nonsense'], [idOf(2)]: ['127.0.0.1:8'] },
      trackers: ['udp://127.0.0.1:5'],
      metadata: [
        { sha1: idOf(1), trackers: ['udp://127.0.0.1:6'] },
        { sha1: idOf(2), trackers: ['udp://127.0.0.1:7'] },
      ],
    };
    expect(await home.sites.seedRequests(origin)).toEqual({ ids: [idOf(1)] });
    const asked = home.torrents.requested.get(origin);
    expect([...(asked?.wanted ?? [])]).toEqual([[idOf(1), { peers: ['127.0.0.1:7'] }]]);
    expect(asked?.meeting).toMatchObject({ by: origin, trackers: ['udp://127.0.0.1:5', 'udp://127.0.0.1:6'] });
    expect(home.sites.item(origin, idOf(1)).state).toBe('available');
    expect(home.sites.item(origin, idOf(2)).state).toBe('unknown');
    site.wanted = { ids: [] };
    await home.sites.seedRequests(origin);
    expect(home.torrents.requested.get(origin)?.wanted.size).toBe(0);
  });

  it("announces a site's files at twenty trackers at most, the ones of the site itself first", async () => {
    const { home, site, origin } = await granted();
    home.share(origin, [1]);
    const named = (host: string, count: number) => Array.from({ length: count }, (_, at) => `udp://${host}:${at + 1}`);
    site.wanted = {
      ids: [idOf(1)],
      trackers: named('127.0.0.1', 3),
      metadata: [{ sha1: idOf(1), trackers: named('127.0.0.2', 20) }],
    };
    await home.sites.seedRequests(origin);
    const trackers = home.torrents.requested.get(origin)?.meeting.trackers;
    expect(trackers).toHaveLength(20);
    expect(trackers?.slice(0, 3)).toEqual(named('127.0.0.1', 3));
  });

  it('meets where each site does that the file is shared with, and the narrowest reach of them holds', async () => {
    const { home, site, origin } = await granted();
    const other = await openSiteDouble({ trackers: ['udp://127.0.0.1:9'] });
    open.push({ [Symbol.asyncDispose]: other.close });
    await home.sites.grant({ origin, reach: 'public' });
    await home.sites.grant({ origin: other.origin, reach: 'site' });
    const folder = home.share(origin, [1]);
    home.catalogue.shareFolder(folder, other.origin);
    site.wanted = { ids: [idOf(1)] };
    await home.sites.seedRequests(origin);
    const also = () => home.torrents.requested.get(origin)?.wanted.get(idOf(1))?.also;
    expect(also()).toMatchObject([{ by: other.origin, reach: 'site', trackers: ['udp://127.0.0.1:9'] }]);
    await home.sites.remove(other.origin, { erase: false });
    expect(also()).toBeUndefined();
  });

  it('stops at once what is no longer shared with the site, also while the site is down', async () => {
    const { home, site, origin } = await granted();
    const folder = home.share(origin, [1]);
    site.wanted = { ids: [idOf(1)] };
    await home.sites.seedRequests(origin);
    site.replies.set('getRequests', () => refuse(500, 'down'));
    home.catalogue.removeFolder(folder);
    home.events.emit('folders.changed', {});
    expect(home.torrents.requested.get(origin)?.wanted.size).toBe(0);
    expect(home.torrents.stopped).toEqual([idOf(1)]);
  });

  it('sends the metadata of an id that is named for the first time, once', async () => {
    const { home, site, origin } = await granted();
    home.share(origin, [1]);
    site.described.set(idOf(1), { sha1: idOf(1), info_hash: hashOf(99) });
    await home.sites.sync(origin, { prune: false }, forever);
    site.wanted = { ids: [idOf(1)] };
    await home.sites.seedRequests(origin);
    await until(() => site.described.get(idOf(1))?.info_hash === hashOf(1), 'the canonical info hash');
    const calls = site.of('sync').length;
    await until(() => home.store.metadataSent(origin, idOf(1)));
    await home.sites.seedRequests(origin);
    expect(site.of('sync')).toHaveLength(calls);
  });

  it('comes every minute, and every five after an hour without a wish', async () => {
    const { home, site } = await granted();
    for (let n = 0; n < 3; n++) {
      const before = site.of('getRequests').length;
      await until(() => {
        home.hands.pass(MINUTE / 2);
        return site.of('getRequests').length > before;
      });
    }
    home.hands.pass(61 * MINUTE);
    const before = site.of('getRequests').length;
    await until(() => site.of('getRequests').length > before || void home.hands.pass(MINUTE));
  });

  it('holds the line where the site offers it, with its cursor', async () => {
    const archive = await createArchive({
      accounts: ['ann', 'bob'].map(username => ({ username, password: 'correct horse' })),
    });
    open.push({ [Symbol.asyncDispose]: () => archive.close() });
    const homes = [];
    for (const username of ['ann', 'bob']) {
      const home = await openRoom();
      open.push(home);
      await home.sites.grant({ origin: archive.origin, username, password: 'correct horse' });
      homes.push(home);
    }
    const [ann, bob] = homes as [Room, Room];
    ann.share(archive.origin, [1]);
    await ann.sites.sync(archive.origin, { prune: false }, forever);
    ann.hands.pass(SECOND);
    // Nobody's clock moves from here on: what wakes ann is the reply that the site holds.
    await bob.sites.addRequests(archive.origin, [idOf(1)]);
    await until(() => ann.torrents.requested.get(archive.origin)?.wanted.has(idOf(1)), 'the wake');
    expect(bob.torrents.wishes.get(idOf(1))?.infoHash).toBe(hashOf(1));
    expect(bob.torrents.wishes.get(idOf(1))?.meetings[0]?.trackers).toEqual(archive.trackerUrls);
  });

  it('of a site that offers to hold and does not is no storm', async () => {
    const { home, site } = await granted({ wait: 50 });
    site.wanted = { ids: [], cursor: 'same' };
    for (let n = 0; n < 40; n++) {
      home.hands.pass(SECOND);
      await new Promise(resolve => setTimeout(resolve, 5));
    }
    expect(site.of('getRequests').length).toBeLessThan(12);
  });

  it('backs off from a site that fails, tells the problem, and comes back', async () => {
    const { home, site, origin } = await granted();
    site.replies.set('getRequests', () => refuse(500, 'down'));
    const before = site.of('getRequests').length;
    for (let n = 0; n < 60; n++) {
      home.hands.pass(MINUTE);
      await until(() => home.hands.waiting() > 0, 'the pause after a poll');
    }
    const polls = site.of('getRequests').length - before;
    expect(polls).toBeGreaterThan(4);
    expect(polls).toBeLessThan(16);
    expect(home.sites.list()[0]?.problem).toMatchObject({ code: 'site-error' });
    expect(home.sites.status(origin)).toMatchObject({ state: 'error', reason: 'site-error' });
    await expect(home.sites.seedRequests(origin)).rejects.toMatchObject({ code: 'site-error' });
    site.replies.clear();
    await until(
      () => home.sites.list()[0]?.problem === undefined || void home.hands.pass(MINUTE),
      'the end of the problem',
    );
  });

  it('happens at once after a sync', async () => {
    const { home, site, origin } = await granted();
    const before = site.of('getRequests').length;
    await home.sites.sync(origin, { prune: false }, forever);
    await until(() => site.of('getRequests').length > before);
  });

  it('stops when the grant ends', async () => {
    const { home, site, origin } = await granted();
    home.share(origin, [1]);
    await home.sites.grant({ origin, expiresAt: home.hands.now() + 10 * MINUTE });
    expect(home.sites.mayRead(origin, idOf(1))).toBe(true);
    home.hands.pass(10 * MINUTE + 1);
    expect(home.sites.granted(origin)).toBe(false);
    expect(home.sites.mayRead(origin, idOf(1))).toBe(false);
    await until(() => home.torrents.forgotten.includes(origin) || void home.hands.pass(MINUTE));
    const before = site.of('getRequests').length;
    home.hands.pass(60 * MINUTE);
    expect(site.of('getRequests')).toHaveLength(before);
  });

  it('goes on where the clock was wrong, and the grant holds after all', async () => {
    const { home, site, origin } = await granted();
    const day = 24 * 60 * MINUTE;
    await home.sites.grant({ origin, expiresAt: home.hands.now() + day });
    home.hands.set(2 * day);
    await until(() => home.torrents.forgotten.includes(origin) || void home.hands.pass(MINUTE));
    const before = site.of('getRequests').length;
    home.hands.set(-2 * day);
    await until(() => site.of('getRequests').length > before || void home.hands.pass(MINUTE));
    expect(home.sites.granted(origin)).toBe(true);
  });
});
