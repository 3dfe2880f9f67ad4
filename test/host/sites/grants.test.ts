import { readdir } from 'node:fs/promises';
import { afterEach, describe, expect, it } from 'vitest';
import type { Secrets } from '../../../host/core/ports.ts';
import { checkApiUrl, checkOrigin } from '../../../host/sites/origin.ts';
import { refuseWrites } from '../../support/refusing.ts';
import { openSiteDouble, refuse, type SiteDouble } from '../../support/site-double.ts';
import { idOf, openRoom, type Room, type RoomOptions, until } from '../../support/sites-room.ts';

const open: AsyncDisposable[] = [];
afterEach(async () => {
  for (const one of open.splice(0).reverse()) await one[Symbol.asyncDispose]();
});
async function room(options?: RoomOptions): Promise<Room> {
  const made = await openRoom(options);
  open.push(made);
  return made;
}
async function site(): Promise<SiteDouble> {
  const made = await openSiteDouble();
  open.push({ [Symbol.asyncDispose]: made.close });
  return made;
}

describe('origins', () => {
  it.each([
    ['https://archive.example', { needsLan: false, impliesLan: false }],
    ['https://archive.example/', { needsLan: false, impliesLan: false }],
    ['http://archive.example', { needsLan: true, impliesLan: false }],
    ['https://192.168.1.2', { needsLan: true, impliesLan: false }],
    ['https://[fd00::1]', { needsLan: true, impliesLan: false }],
    ['https://box.local', { needsLan: true, impliesLan: false }],
    ['http://localhost:8000', { needsLan: false, impliesLan: true }],
    ['http://127.0.0.1:8000', { needsLan: false, impliesLan: true }],
    ['http://[::1]:8000', { needsLan: false, impliesLan: true }],
    ['http://127.0.0.2', { needsLan: true, impliesLan: false }],
  ])('%s', (text, expected) => {
    expect(checkOrigin(text)).toMatchObject(expected);
  });

  it.each([
    'null',
    'file:///',
    'data:text/html,x',
    'archive.example',
    'https://a.example/path',
    'https://u:p@a.example',
    'ftp://a.example',
    '',
  ])('"%s" is none', text => {
    expect(() => checkOrigin(text)).toThrow(expect.objectContaining({ code: 'invalid' }));
  });

  it('have their API within them', () => {
    const origin = 'https://a.example';
    expect(checkApiUrl(origin, undefined)).toBe('https://a.example/api/');
    expect(checkApiUrl(origin, '/v2#x')).toBe('https://a.example/v2');
    for (const url of [
      'https://b.example/api/',
      'http://a.example/api/',
      'https://a.example:444/',
      '//b.example/',
      'https://u:p@a.example/',
      'javascript:1',
      'http://[',
    ]) {
      expect(() => checkApiUrl(origin, url)).toThrow(expect.objectContaining({ code: 'invalid' }));
    }
  });
});

describe('a grant', () => {
  it('of a private or plain-http origin needs the LAN', async () => {
    const home = await room({ resolve: { 'archive.example': '127.0.0.1' } });
    await expect(home.sites.grant({ origin: 'http://archive.example' })).rejects.toMatchObject({ code: 'denied' });
    expect(await home.sites.preview('https://archive.example')).toMatchObject({
      needsLan: true,
      impliesLan: false,
      current: null,
    });
    expect(await home.sites.preview('http://localhost:1')).toMatchObject({ needsLan: false, impliesLan: true });
  });

  it('is shown beforehand with the trackers that the site names, asked without an account', async () => {
    const archive = await openSiteDouble({ trackers: ['udp://127.0.0.1:9'] });
    open.push({ [Symbol.asyncDispose]: archive.close });
    const home = await room();
    expect(await home.sites.preview(archive.origin)).toMatchObject({
      url: archive.url,
      trackers: ['udp://127.0.0.1:9'],
    });
    expect(archive.calls.map(call => call.action)).toEqual(['api']);
    expect(await home.sites.preview('http://127.0.0.1:9')).not.toHaveProperty('trackers');
  });

  it('without the LAN never reaches a private address, by whatever name', async () => {
    const archive = await site();
    const port = new URL(archive.origin).port;
    const home = await room({ resolve: { 'archive.example': '127.0.0.1' } });
    const info = await home.sites.grant({ origin: `https://archive.example:${port}` });
    expect(info.problem).toMatchObject({ code: 'denied' });
    expect(archive.calls).toEqual([]);
  });

  it('is asked for by every call of a page, and the others learn nothing', async () => {
    const home = await room();
    const origin = 'https://stranger.example';
    home.share('https://other.example', [1]);
    const { sites } = home;
    const never = new AbortController().signal;
    for (const call of [
      () => sites.config(origin, {}),
      () => sites.sync(origin, { prune: false }, never),
      () => sites.addRequests(origin, [idOf(1)]),
      () => sites.removeRequests(origin, [idOf(1)]),
      () => sites.seedRequests(origin),
      async () => sites.status(origin),
    ]) {
      await expect(call()).rejects.toMatchObject({ code: 'denied', userAction: 'grant' });
    }
    expect(sites.item(origin, idOf(1))).toEqual({ id: idOf(1), state: 'unknown' });
    expect(sites.mayRead(origin, idOf(1))).toBe(false);
  });

  it('keeps what a later one does not name, and shares the folders that it names', async () => {
    const archive = await site();
    const home = await room();
    const folder = home.share('https://other.example', [1]);
    await home.sites.grant({ origin: archive.origin, reach: 'public', quota: 5, folders: [folder] });
    await until(() => archive.ids.has(idOf(1)), 'the sync of the new folders');
    const info = await home.sites.grant({ origin: archive.origin, username: 'ann' });
    expect(info).toMatchObject({ reach: 'public', quota: 5, folders: [folder], username: 'ann', lan: true, used: 0 });
    expect(info.problem).toBeUndefined();
  });

  it('signs in with what the page configures, and says so', async () => {
    const archive = await site();
    const home = await room();
    await home.sites.grant({ origin: archive.origin });
    archive.replies.set('signin', ({ data }) => (data.password === 'right' ? { user: 'ann' } : refuse(401, 'wrong')));
    const account = { username: 'ann', password: 'wrong' };
    expect(await home.sites.config(archive.origin, account)).toEqual({ url: archive.url, signedIn: false, folders: 0 });
    expect(home.sites.list()[0]).toMatchObject({ signedIn: false, problem: { code: 'signin-failed' } });
    expect(await home.sites.config(archive.origin, { password: 'right' })).toMatchObject({ signedIn: true });
    expect(await home.sites.config(archive.origin, {})).toMatchObject({ signedIn: true });
    await expect(home.sites.config(archive.origin, { url: 'https://evil.example/' })).rejects.toMatchObject({
      code: 'invalid',
    });
  });

  it('survives a restart with its account', async () => {
    const archive = await site();
    const home = await room();
    await home.sites.grant({ origin: archive.origin, username: 'ann', password: 'pw', token: 'tk' });
    const later = await home.restart();
    open.push(later);
    const calls = archive.calls.length;
    await until(() => archive.calls.slice(calls).some(call => call.action === 'getRequests'));
    expect(archive.calls.slice(calls)[0]).toMatchObject({
      action: 'signin',
      data: { username: 'ann', password: 'pw' },
    });
    expect(archive.calls.at(-1)?.headers.authorization).toBe('Bearer tk');
  });

  it('serves though its last use cannot be written down', async () => {
    const archive = await site();
    const home = await room();
    await home.sites.grant({ origin: archive.origin });
    const before = home.sites.list();
    refuseWrites(home.database, ['site']);
    home.hands.pass(61_000);
    expect(await home.sites.seedRequests(archive.origin)).toEqual({ ids: [] });
    expect(home.sites.list()).toEqual(before);
  });

  it('keeps its account whole when a change of it is refused by the disk', async () => {
    const archive = await site();
    const home = await room();
    await home.sites.grant({ origin: archive.origin, username: 'ann', password: 'pw' });
    const allow = refuseWrites(home.database, ['site']);
    const another = { username: 'ben', password: 'other', token: 'tk' };
    await expect(home.sites.grant({ origin: archive.origin, ...another })).rejects.toThrow(/I\/O/);
    await expect(home.sites.config(archive.origin, { url: `${archive.origin}/other/` })).rejects.toThrow(/I\/O/);
    allow();
    const later = await home.restart();
    open.push(later);
    const calls = archive.calls.length;
    await until(() => archive.calls.slice(calls).some(call => call.action === 'getRequests'));
    const [signin] = archive.calls.slice(calls);
    expect(signin).toMatchObject({ action: 'signin', data: { username: 'ann', password: 'pw' } });
    expect(archive.calls.at(-1)?.headers.authorization).toBeUndefined();
  });

  it('wipes the account when the URL changes, and when it is revoked', async () => {
    const archive = await site();
    const home = await room();
    await home.sites.grant({ origin: archive.origin, username: 'ann', password: 'pw', token: 'tk' });
    expect(await readdir(home.home)).toHaveLength(2);
    await home.sites.config(archive.origin, { url: `${archive.origin}/other/` });
    expect(await readdir(home.home)).toEqual([]);
    expect(home.sites.list()[0]).toMatchObject({ username: null, url: `${archive.origin}/other/` });
    await home.sites.config(archive.origin, { token: 'new' });
    home.share(archive.origin, [1]);
    await home.sites.remove(archive.origin, { erase: false });
    expect(await readdir(home.home)).toEqual([]);
    expect(home.sites.list()).toEqual([]);
    expect(home.torrents.forgotten).toContain(archive.origin);
    expect(home.catalogue.foldersOfSite(archive.origin)).toEqual([]);
    expect(home.sites.mayRead(archive.origin, idOf(1))).toBe(false);
  });
});

/** Secrets that are written when the test says so. */
function heldSecrets() {
  const gate = Promise.withResolvers<void>();
  const asked = Promise.withResolvers<void>();
  const secrets = (inFiles: Secrets): Secrets => ({
    ...inFiles,
    async set(name, value) {
      asked.resolve();
      await gate.promise;
      await inFiles.set(name, value);
    },
  });
  return { secrets, asked: asked.promise, release: gate.resolve };
}

describe('a grant that a page configures while the person', () => {
  it('revokes it stays revoked, and leaves no secret', async () => {
    const archive = await site();
    const { secrets, asked, release } = heldSecrets();
    const home = await room({ secrets });
    await home.sites.grant({ origin: archive.origin });
    const configured = Promise.allSettled([
      home.sites.config(archive.origin, { token: 'one' }),
      home.sites.config(archive.origin, { token: 'two' }),
    ]);
    await asked;
    const revoked = home.sites.remove(archive.origin, { erase: false });
    expect(home.sites.list()).toEqual([]);
    const polls = archive.of('getRequests').length;
    release();
    await revoked;
    const denied = { status: 'rejected', reason: expect.objectContaining({ code: 'denied' }) };
    expect(await configured).toEqual([denied, denied]);
    expect(home.sites.list()).toEqual([]);
    expect(await readdir(home.home)).toEqual([]);
    home.hands.pass(3_600_000);
    expect(archive.of('getRequests')).toHaveLength(polls);
  });

  it('grants it anew keeps the new account', async () => {
    const archive = await site();
    const { secrets, asked, release } = heldSecrets();
    const home = await room({ secrets });
    await home.sites.grant({ origin: archive.origin });
    const configured = home.sites.config(archive.origin, { token: 'old' });
    await asked;
    const revoked = home.sites.remove(archive.origin, { erase: false });
    const granted = home.sites.grant({ origin: archive.origin, token: 'new' });
    release();
    await expect(configured).rejects.toMatchObject({ code: 'denied' });
    await revoked;
    await granted;
    expect(archive.calls.at(-1)?.headers.authorization).toBe('Bearer new');
  });

  it('changes it keeps what the person changed', async () => {
    const archive = await site();
    const { secrets, asked, release } = heldSecrets();
    const home = await room({ secrets });
    await home.sites.grant({ origin: archive.origin });
    const configured = home.sites.config(archive.origin, { username: 'ann', token: 'one' });
    await asked;
    await home.sites.grant({ origin: archive.origin, reach: 'public', download: false, quota: 7 });
    release();
    await configured;
    expect(home.sites.list()).toMatchObject([{ reach: 'public', download: false, quota: 7, username: 'ann' }]);
  });
});

describe('status', () => {
  it('shows a site its own items only, the newest first, a hundred at most', async () => {
    const [one, other] = [await site(), await site()];
    const home = await room();
    for (const { origin } of [one, other]) await home.sites.grant({ origin });
    const ids = Array.from({ length: 105 }, (_, n) => idOf(n));
    for (const archive of [one, other])
      archive.replies.set('addRequests', ({ data }) => (data.ids as string[]).map(sha1 => ({ sha1 })));
    await home.sites.addRequests(one.origin, ids);
    home.hands.pass(1);
    await home.sites.addRequests(one.origin, [idOf(500)]);
    await home.sites.addRequests(other.origin, [idOf(900)]);
    const status = home.sites.status(one.origin);
    expect(status.downloads).toHaveLength(100);
    expect(status.more).toBe(6);
    expect(status.downloads[0]?.id).toBe(idOf(500));
    expect(home.sites.status(other.origin)).toMatchObject({
      downloads: [{ id: idOf(900) }],
      more: 0,
      files: 0,
      state: 'active',
    });
    expect(home.sites.items()).toMatchObject({ more: 7 });
    expect(home.sites.itemForUser(idOf(900)).state).toBe('waiting');
  });

  it('does not tell one site what another does with a file that both share', async () => {
    const [one, other] = [await site(), await site()];
    const home = await room();
    for (const { origin } of [one, other]) await home.sites.grant({ origin });
    const folder = home.share(one.origin, [1]);
    home.catalogue.shareFolder(folder, other.origin);
    one.wanted = { ids: [idOf(1)] };
    await home.sites.seedRequests(one.origin);
    home.torrents.all.set(idOf(1), {
      ...{ id: idOf(1), state: 'seeding', progress: 1, size: 1001, downloaded: 0, uploaded: 7 },
      ...{ rates: { down: 0, up: 9 }, peers: 2 },
    });
    expect(home.sites.item(one.origin, idOf(1))).toMatchObject({ state: 'seeding', peers: 2 });
    expect(home.sites.item(other.origin, idOf(1))).toMatchObject({ state: 'available', peers: 0, rates: { up: 0 } });
    expect(home.sites.status(one.origin)).toMatchObject({ seeding: [{ id: idOf(1) }], rates: { up: 9 }, files: 1 });
    expect(home.sites.status(other.origin)).toMatchObject({ seeding: [], rates: { up: 0 } });
  });
});
