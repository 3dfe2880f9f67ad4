/** What happened between this home and a site is told to the person, and takes no more room and no more writes than it must. */

import { afterEach, describe, expect, it } from 'vitest';
import { openDatabase } from '../../../host/store/database.ts';
import { createSiteLogStore } from '../../../host/store/site-log.ts';
import type { SiteLogEntry } from '../../../shared/grants.ts';
import { openSiteDouble, refuse, type SiteDouble } from '../../support/site-double.ts';
import { hashOf, idOf, openRoom, type Room, until } from '../../support/sites-room.ts';

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
});
async function world(): Promise<{ home: Room; site: SiteDouble; deeds: () => string[] }> {
  const site = await openSiteDouble({ trackers: ['udp://127.0.0.1:9'] });
  open.push({ [Symbol.asyncDispose]: site.close });
  const home = await openRoom();
  open.push(home);
  return { home, site, deeds: () => home.sites.history(site.origin).entries.map(({ deed }) => deed) };
}
/** Rows that were written since the database was opened. When the site was last used is written once a minute. */
const writes = (home: Room) => home.database.prepare('SELECT total_changes() AS n').get()?.n;

it('tells what a site was given, told, asked for, and brought', async () => {
  const { home, site } = await world();
  await home.sites.grant({ origin: site.origin });
  home.share(site.origin, [1, 2]);
  await home.sites.sync(site.origin, { prune: false }, AbortSignal.timeout(9_000));
  site.described.set(idOf(9), { sha1: idOf(9), info_hash: hashOf(9), extension: 'mkv', size: 5 });
  await home.sites.addRequests(site.origin, [idOf(9)]);
  await home.verify(idOf(9));
  site.wanted = { ids: [idOf(1)] };
  await home.sites.seedRequests(site.origin);
  const { entries, next } = home.sites.history(site.origin);
  expect(next).toBeNull();
  const told = (deed: string) => entries.find(entry => entry.deed === deed);
  expect(told('granted')).toMatchObject({ times: 1, amounts: { folders: 0 } });
  expect(told('synced')?.amounts.added).toBeGreaterThanOrEqual(2);
  expect(told('requested')).toMatchObject({ amounts: { ids: 1 } });
  expect(told('downloaded')).toMatchObject({ amounts: { ids: 1, bytes: 5 } });
  expect(told('asked')).toMatchObject({ amounts: { ids: 1 } });
});

it('writes nothing while nothing happens, however often the site is asked', async () => {
  const { home, site } = await world();
  await home.sites.grant({ origin: site.origin });
  await home.sites.sync(site.origin, { prune: false }, AbortSignal.timeout(9_000));
  await home.sites.seedRequests(site.origin);
  home.hands.pass(15_000);
  const before = writes(home);
  for (let round = 0; round < 3; round++) {
    await home.sites.seedRequests(site.origin);
    home.hands.pass(11_000);
  }
  expect(writes(home)).toBe(before);
});

it('makes one entry of what is done again and again, and tells a failure once', async () => {
  const { home, site } = await world();
  await home.sites.grant({ origin: site.origin });
  for (const n of [7, 8, 9]) {
    site.described.set(idOf(n), { sha1: idOf(n), info_hash: hashOf(n), extension: 'mkv', size: 5 });
    await home.sites.addRequests(site.origin, [idOf(n)]);
  }
  site.replies.set('getRequests', () => refuse(500));
  for (let round = 0; round < 3; round++) await home.sites.seedRequests(site.origin).catch(() => {});
  const { entries } = home.sites.history(site.origin);
  expect(entries.filter(({ deed }) => deed === 'requested')).toMatchObject([{ times: 3, amounts: { ids: 3 } }]);
  expect(entries.filter(({ deed }) => deed === 'failed')).toMatchObject([{ times: 1, code: 'site-error' }]);
});

it('is there after a restart and after a revocation, and goes with what is erased', async () => {
  const { home, site } = await world();
  await home.sites.grant({ origin: site.origin });
  await home.sites.remove(site.origin, { erase: false });
  const again = await home.restart();
  open.push(again);
  expect(again.sites.history(site.origin).entries.map(({ deed }) => deed)).toEqual(['revoked', 'granted']);
  await again.sites.remove(site.origin, { erase: true });
  expect(again.sites.history(site.origin).entries).toEqual([]);
});

it('keeps the newest thousand entries of each site, told page by page', () => {
  const store = createSiteLogStore(openDatabase(':memory:'), 250);
  const entry = (at: number): SiteLogEntry => ({ at, deed: 'synced', times: 1, amounts: { added: at } });
  store.put('https://other.example', entry(0));
  for (let at = 0; at < 400; at++) store.put('https://a.example', entry(at));
  const ats: number[] = [];
  let before = Number.MAX_SAFE_INTEGER;
  for (let rows = store.page('https://a.example', before, 100); rows.length > 0; ) {
    ats.push(...rows.map(({ at }) => at));
    before = rows.at(-1)!.number;
    rows = store.page('https://a.example', before, 100);
  }
  expect(ats).toEqual(Array.from({ length: 250 }, (_, at) => 399 - at));
  expect(store.page('https://other.example', Number.MAX_SAFE_INTEGER, 100)).toHaveLength(1);
});

describe('asked to forget, a site', () => {
  it('is told to remove all that this home reported, and every request, before the grant goes', async () => {
    const { home, site } = await world();
    await home.sites.grant({ origin: site.origin });
    home.share(site.origin, [1, 2]);
    await home.sites.sync(site.origin, { prune: false }, AbortSignal.timeout(9_000));
    site.ids.add(idOf(77));
    site.described.set(idOf(9), { sha1: idOf(9), info_hash: hashOf(9), extension: 'mkv', size: 5 });
    await home.sites.addRequests(site.origin, [idOf(9)]);
    const forget = AbortSignal.timeout(9_000);
    const forgotten = await home.sites.remove(site.origin, { erase: true, forget });
    expect(forgotten).toEqual({ removed: 2, requests: 1, kept: 1 });
    expect([...site.ids]).toEqual([idOf(77)]);
    expect([...site.requested]).toEqual([]);
    expect(home.sites.list()).toEqual([]);
    expect([...home.store.reportedIds(site.origin)]).toEqual([]);
  });

  it('that does not answer keeps its grant, and the person is told', async () => {
    const { home, site } = await world();
    await home.sites.grant({ origin: site.origin });
    home.share(site.origin, [1]);
    await home.sites.sync(site.origin, { prune: false }, AbortSignal.timeout(9_000));
    site.replies.set('sync', () => refuse(500));
    const forget = AbortSignal.timeout(9_000);
    await expect(home.sites.remove(site.origin, { erase: false, forget })).rejects.toMatchObject({
      code: 'site-error',
    });
    expect(home.sites.granted(site.origin)).toBe(true);
    site.replies.clear();
    await home.sites.remove(site.origin, { erase: false, forget });
    expect([...site.ids]).toEqual([]);
  });

  it('hears of no file again while it is asked', async () => {
    const { home, site } = await world();
    await home.sites.grant({ origin: site.origin });
    home.share(site.origin, [1]);
    await home.sites.sync(site.origin, { prune: false }, AbortSignal.timeout(9_000));
    site.replies.set('sync', call => {
      home.events.emit('folders.changed', {});
      home.hands.pass(20_000);
      return site.usual('sync', call);
    });
    await home.sites.remove(site.origin, { erase: false, forget: AbortSignal.timeout(9_000) });
    expect([...site.ids]).toEqual([]);
  });
});

describe('a site that wants a file which is here and not shared with it', () => {
  it('gets it by download, or the person’s own copy once they agree', async () => {
    const { home, site, deeds } = await world();
    await home.sites.grant({ origin: site.origin });
    home.catalogue.addFolder('/private', { all: false, everyone: false, addedAt: 0 });
    home.hold('/private', 5);
    site.described.set(idOf(5), { sha1: idOf(5), info_hash: hashOf(5), extension: 'mkv', size: 1005 });
    await home.sites.addRequests(site.origin, [idOf(5)]);
    expect(home.torrents.wishes.has(idOf(5))).toBe(true);
    expect(home.sites.mayRead(site.origin, idOf(5))).toBe(true);
    expect(home.catalogue.isShared(site.origin, idOf(5))).toBe(false);
    expect(home.sites.questions()).toEqual([
      {
        kind: 'own-copy',
        origin: site.origin,
        count: 1,
        files: [{ id: idOf(5), path: '/private/5.mkv', size: 1005 }],
      },
    ]);
    await home.sites.answer({ kind: 'own-copy', origin: site.origin, ids: [idOf(5)], yes: true });
    expect(home.sites.questions()).toEqual([]);
    expect(home.torrents.cancelled).toContain(idOf(5));
    expect(home.sites.item(site.origin, idOf(5))).toMatchObject({ state: 'available' });
    await until(() => site.ids.has(idOf(5)), 'the sync');
    await until(() => !site.requested.has(idOf(5)), 'the end of the request');
    expect(deeds()).toContain('own-copy');
    await home.sites.remove(site.origin, { erase: false });
    await home.sites.grant({ origin: site.origin });
    expect(home.catalogue.isShared(site.origin, idOf(5))).toBe(false);
  });

  it('is not asked about again after a no, and no other file is given by the answer', async () => {
    const { home, site } = await world();
    await home.sites.grant({ origin: site.origin });
    home.catalogue.addFolder('/private', { all: false, everyone: false, addedAt: 0 });
    home.hold('/private', 5);
    home.hold('/private', 6);
    site.described.set(idOf(5), { sha1: idOf(5), info_hash: hashOf(5), extension: 'mkv', size: 1005 });
    await home.sites.addRequests(site.origin, [idOf(5)]);
    await home.sites.answer({ kind: 'own-copy', origin: site.origin, ids: [idOf(6)], yes: true });
    expect(home.catalogue.isShared(site.origin, idOf(6))).toBe(false);
    await home.sites.answer({ kind: 'own-copy', origin: site.origin, ids: [idOf(5)], yes: false });
    expect(home.sites.questions()).toEqual([]);
    expect(home.torrents.wishes.has(idOf(5))).toBe(true);
  });
});

it('asks once what is to become of files that a site lists and that are not here', async () => {
  const { home, site } = await world();
  site.ids.add(idOf(77));
  await home.sites.grant({ origin: site.origin });
  const sync = () => home.sites.sync(site.origin, { prune: false }, AbortSignal.timeout(9_000));
  await sync();
  const question = { kind: 'not-here', origin: site.origin, count: 1 };
  expect(home.sites.questions()).toEqual([question]);
  await home.sites.answer({ kind: 'not-here', origin: site.origin, yes: false });
  await sync();
  expect(home.sites.questions()).toEqual([]);
  site.ids.add(idOf(78));
  await sync();
  expect(home.sites.questions()).toEqual([{ ...question, count: 2 }]);
  await home.sites.answer({ kind: 'not-here', origin: site.origin, yes: true });
  expect([...site.ids]).toEqual([]);
  expect(home.sites.questions()).toEqual([]);
});

describe("the browser's session at a site", () => {
  const cookies = [{ name: 'sessionid', value: 'abc' }];
  const cookieOf = (site: SiteDouble) => site.calls.at(-1)?.headers.cookie;

  it('is used where the person agreed to it, by the names that were agreed to, and is nowhere on the disk', async () => {
    const { home, site } = await world();
    const info = await home.sites.grant({ origin: site.origin, cookies });
    expect(info).toMatchObject({ cookies: ['sessionid'] });
    expect(JSON.stringify(info)).not.toContain('abc');
    expect(cookieOf(site)).toBe('sessionid=abc');
    const other = [...cookies, { name: 'tracker', value: 'no' }];
    expect(home.sites.handOver(site.origin, site.url, other)).toBe(true);
    await home.sites.seedRequests(site.origin);
    expect(cookieOf(site)).toBe('sessionid=abc');
    const kept = home.database.prepare('SELECT * FROM site').all();
    expect(JSON.stringify(kept)).not.toContain('abc');
    // After a restart the browser brings it again.
    const again = await home.restart();
    open.push(again);
    await again.sites.seedRequests(site.origin);
    expect(cookieOf(site)).toBeUndefined();
    again.sites.handOver(site.origin, site.url, [{ name: 'sessionid', value: 'def' }]);
    await again.sites.seedRequests(site.origin);
    expect(cookieOf(site)).toBe('sessionid=def');
  });

  it('is not taken without the person’s word, nor for another URL', async () => {
    const { home, site } = await world();
    await home.sites.grant({ origin: site.origin });
    expect(home.sites.handOver(site.origin, site.url, cookies)).toBe(false);
    await home.sites.grant({ origin: site.origin, cookies });
    expect(home.sites.handOver(site.origin, `${site.url}other`, [{ name: 'sessionid', value: 'x' }])).toBe(false);
    await home.sites.seedRequests(site.origin);
    expect(cookieOf(site)).toBe('sessionid=abc');
  });

  it.each([
    ['the grant', (home: Room, origin: string) => home.sites.remove(origin, { erase: false })],
    ['the URL', (home: Room, origin: string) => home.sites.config(origin, { url: '/api/?other' })],
    ['their word', (home: Room, origin: string) => home.sites.grant({ origin, cookies: null })],
  ])('is wiped with %s', async (_what, end) => {
    const { home, site } = await world();
    await home.sites.grant({ origin: site.origin, cookies });
    await end(home, site.origin);
    await home.sites.grant({ origin: site.origin });
    expect(cookieOf(site)).toBeUndefined();
    expect(home.sites.list()).toMatchObject([{ cookies: null }]);
  });
});
