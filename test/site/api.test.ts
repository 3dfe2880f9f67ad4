/** The reference site's API, over real HTTP. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createArchive } from '../../site/archive.ts';
import { type Call, caller, film, post, sha1, signedIn } from './caller.ts';

let archive: Awaited<ReturnType<typeof createArchive>>;
let visitor: Call;
let ann: Call;
let bob: Call;

beforeAll(async () => {
  archive = await createArchive({
    accounts: [{ username: 'ann', password: 'correct horse' }],
    films: [{ sha1: sha1(1).toUpperCase(), title: 'The first film' }],
  });
  visitor = caller(archive.url);
  [ann, bob] = [await signedIn(archive.url, 'ann'), await signedIn(archive.url, 'bob')];
});
afterAll(() => archive.close());

describe('the envelope', () => {
  it('takes form fields and JSON', async () => {
    const json = { 'content-type': 'application/json' };
    const urlencoded = new URLSearchParams({ action: 'api', data: '{"docs":true}' });
    for (const reply of [
      await visitor('api', { docs: true }),
      await post(archive.url, urlencoded),
      await post(archive.url, '{"action":"api","data":{"docs":true}}', json),
      await post(archive.url, '{"action":"api"}', json),
      await post(archive.url, new URLSearchParams({ action: 'api' })),
    ]) {
      expect(reply.status).toEqual({ code: 200, text: 'ok' });
      expect(reply.data).toMatchObject({
        json: true,
        wait: 50,
        trackers: archive.trackerUrls,
        name: 'A small archive',
      });
    }
  });

  it('describes every action', async () => {
    const { actions } = (await visitor('api')).data;
    for (const action of ['api', 'signin', 'sync', 'addRequests', 'removeRequests', 'getRequests'])
      expect(actions).toHaveProperty(action, { doc: expect.any(String), cache: action === 'api' });
  });

  const form = 'application/x-www-form-urlencoded';
  it.each([
    ['no action', 'data={}', form, 400],
    ['data that is no JSON', 'action=api&data={', form, 400],
    ['data that is a list', 'action=api&data=[]', form, 400],
    ['JSON that is cut off', '{"action":', 'application/json', 400],
    ['JSON that is null', 'null', 'application/json', 400],
    ['a broken multipart body', '--x\r\nnothing', 'multipart/form-data; boundary=x', 400],
    ['plain text', 'hello', 'text/plain', 400],
    ['an action that is not there', 'action=drop', form, 404],
    ['an action named like a property of every object', 'action=constructor', form, 404],
    ['a body over 2 MiB', 'x'.repeat(2 * 1024 * 1024 + 1), form, 400],
  ])('answers %s in the envelope', async (_, body, type, code) => {
    expect((await post(archive.url, body, { 'content-type': type })).status.code).toBe(code);
  });

  it('calls by GET change nothing and other paths are not found', async () => {
    expect((await fetch(`${archive.url}api/?action=signout`)).status).toBe(405);
    expect((await fetch(`${archive.url}../package.json`)).status).toBe(404);
  });

  it('a plain site offers neither JSON, nor waiting, nor trackers', async () => {
    await using plain = await opened({ json: false, wait: 0, tracker: false });
    expect((await caller(plain.url)('api')).data).toMatchObject({ json: false, wait: 0, trackers: [] });
    const refused = await post(plain.url, '{"action":"api","data":{}}', { 'content-type': 'application/json' });
    expect(refused.status.code).toBe(400);
  });
});

describe('accounts', () => {
  it('whoever is not signed in may list and sign in, no more', async () => {
    for (const action of ['sync', 'addRequests', 'removeRequests', 'getRequests', 'token', 'signout'])
      expect((await visitor(action, { ids: [] })).status.code).toBe(403);
    expect((await visitor('list')).status.code).toBe(200);
  });

  it.each([
    ['a wrong password', 'signin', { username: 'ann', password: 'wrong horse' }, 401],
    ['an unknown name', 'signin', { username: 'nobody', password: 'correct horse' }, 401],
    ['a password that is no text', 'signin', { username: 'ann', password: 1 }, 400],
    ['a name that is taken', 'signup', { username: 'ann', password: 'other horse' }, 400],
    ['a short password', 'signup', { username: 'cy', password: 'short' }, 400],
    ['a name with markup', 'signup', { username: '<b>', password: 'correct horse' }, 400],
  ])('%s gets no session', async (_, action, data, code) => {
    const { status, cookie } = await visitor(action, data);
    expect({ code: status.code, cookie }).toEqual({ code, cookie: '' });
  });

  it('the session ends with signout', async () => {
    const dan = await signedIn(archive.url, 'dan');
    expect((await dan('sync')).status.code).toBe(200);
    await dan('signout');
    expect((await dan('sync')).status.code).toBe(403);
  });

  it('the cookie is for HTTP and this site only', async () => {
    const body = new URLSearchParams({ action: 'signin', data: '{"username":"ann","password":"correct horse"}' });
    const response = await fetch(`${archive.url}api/`, { method: 'POST', body });
    expect(response.headers.get('set-cookie')).toMatch(/^session=[\w-]+; .*HttpOnly; SameSite=Lax$/);
    await using secure = await opened({ publicUrl: 'https://archive.example/' });
    const local = `http://127.0.0.1:${secure.port}/`;
    const signup = new URLSearchParams({ action: 'signup', data: '{"username":"ann","password":"correct horse"}' });
    const safer = await fetch(`${local}api/`, { method: 'POST', body: signup });
    expect(safer.headers.get('set-cookie')).toContain('; Secure');
    expect(secure.trackerUrls).toEqual(['https://archive.example/announce', 'wss://archive.example/announce']);
  });

  it('the token that the page hands to LSD is as good as the session', async () => {
    const { token } = (await ann('token')).data;
    const daemon = caller(archive.url, { authorization: `Bearer ${token}` });
    expect((await daemon('sync')).status.code).toBe(200);
    expect((await ann('sync', {}, { authorization: 'Bearer wrong' })).status.code).toBe(403);
  });

  it("another site's page cannot use the visitor's cookie", async () => {
    for (const origin of ['https://evil.example', 'null', `http://127.0.0.1:${archive.port + 1}`])
      expect((await ann('sync', { add: [sha1(66)] }, { origin })).status.code).toBe(403);
    expect((await ann('sync', {}, { origin: archive.origin })).status.code).toBe(200);
    expect((await ann('sync')).data.ids).not.toContain(sha1(66));
  });
});

describe('sync', () => {
  it('adds, asks for metadata, takes it, and removes', async () => {
    const eve = await signedIn(archive.url, 'eve');
    expect((await eve('sync')).data).toEqual({ ids: [] });
    const added = await eve('sync', { add: [sha1(0xabc).toUpperCase(), sha1(1)], remove: [] });
    expect(added.data).toEqual({ update: [sha1(1), sha1(0xabc)] });
    expect((await eve('sync', { update: [film(1), film(0xabc)] })).data).toEqual({});
    expect((await eve('sync', { add: [], remove: [] })).data).toEqual({ update: [] });
    expect((await eve('sync', { remove: [sha1(1)] })).data).toEqual({ update: [] });
    expect((await eve('sync')).data).toEqual({ ids: [sha1(0xabc)] });
  });

  it('takes no description from somebody who does not hold the film', async () => {
    await bob('sync', { add: [sha1(2)] });
    await ann('sync', { update: [film(2)] });
    expect((await bob('sync', { add: [] })).data).toEqual({ update: [sha1(2)] });
    await bob('sync', { remove: [sha1(2)] });
  });

  it('keeps the known fields of a description and no others', async () => {
    await bob('sync', { add: [sha1(3)] });
    const sha256 = 'A'.repeat(64);
    await bob('sync', { update: [{ ...film(3), duration: 1.5, sha256, path: '/home/bob/f.mp4', width: 'wide' }] });
    const [wanted] = Object.values((await ann('addRequests', { ids: [sha1(3)] })).data);
    expect(wanted).toEqual({ ...film(3), duration: 1.5, sha256: 'a'.repeat(64), trackers: archive.trackerUrls });
    await ann('removeRequests', { ids: [sha1(3)] });
  });

  it('the latest info hash counts', async () => {
    await bob('sync', { add: [sha1(4)] });
    for (const info_hash of [sha1(8), sha1(9)]) await bob('sync', { update: [{ ...film(4), info_hash }] });
    expect((await ann('addRequests', { ids: [sha1(4)] })).data).toMatchObject([{ info_hash: sha1(9) }]);
    await ann('removeRequests', { ids: [sha1(4)] });
  });

  const many = (length: number) => Array.from({ length }, (_, n) => sha1(0x10000 + n));
  it.each([
    ['10,001 ids', { add: many(10_001) }],
    ['an id that is none', { add: ['xyz'] }],
    ['an id with a line end', { add: [`${sha1(1)}\n`] }],
    ['ids that are no list', { add: sha1(1) }],
    ['101 descriptions', { update: many(101).map((_, n) => film(n)) }],
    ['a description without a size', { update: [{ ...film(1), size: undefined }] }],
    ['an extension with a slash', { update: [{ ...film(1), extension: '../x' }] }],
    ['a description that is null', { update: [null] }],
  ])('refuses %s, and nothing changes', async (_, data) => {
    const before = (await ann('sync')).data;
    expect((await ann('sync', data)).status.code).toBe(400);
    expect((await ann('sync')).data).toEqual(before);
  });

  it('takes 10,000 ids at once', async () => {
    const fay = await signedIn(archive.url, 'fay');
    expect((await fay('sync', { add: many(10_000) })).data.update).toHaveLength(10_000);
    expect((await fay('sync', { remove: many(10_000) })).data.update).toEqual([]);
  });
});

describe('requests', () => {
  it('name to the holder what others want, and only that', async () => {
    await bob('sync', { add: [sha1(20), sha1(21)] });
    const unknown = sha1(0xdead);
    const asked = await ann('addRequests', { ids: [sha1(20), unknown] });
    expect(asked.data).toEqual([{ sha1: sha1(20), trackers: archive.trackerUrls }]);
    await bob('addRequests', { ids: [sha1(21)] });
    const { cursor, ...wanted } = (await bob('getRequests')).data;
    expect(wanted).toEqual({ ids: [sha1(20)], withdrawn: [], trackers: archive.trackerUrls });
    expect(cursor).toEqual(expect.any(String));
    expect((await ann('getRequests')).data.ids).toEqual([]);
    await ann('removeRequests', { ids: [sha1(20)] });
    expect((await bob('getRequests')).data.ids).toEqual([]);
  });

  const awake: [string, () => Promise<unknown>][] = [
    ['a request', () => ann('addRequests', { ids: [sha1(30)] })],
    ['its end', () => ann('removeRequests', { ids: [sha1(30)] })],
    ['a withdrawal', async () => archive.withdraw(sha1(30))],
  ];
  it('a held getRequests is woken by each change', async () => {
    await bob('sync', { add: [sha1(30)] });
    for (const [name, change] of awake) {
      const { cursor } = (await bob('getRequests')).data;
      const held = bob('getRequests', { since: cursor, wait: 50 });
      expect(await Promise.race([held, ann('sync').then(() => 'held')]), name).toBe('held');
      await change();
      expect((await held).data.cursor, name).not.toBe(cursor);
    }
    expect((await bob('getRequests')).data.withdrawn).toEqual([sha1(30)]);
    expect((await ann('addRequests', { ids: [sha1(30)] })).data).toEqual([]);
  });

  it('is answered unchanged when its time is over, and at once without a wait', async () => {
    const { cursor } = (await bob('getRequests')).data;
    expect((await bob('getRequests', { since: cursor, wait: 0.05 })).data.cursor).toBe(cursor);
    for (const wait of [0, -1, 0.0123, 'x', null, {}])
      expect((await bob('getRequests', { since: cursor, wait })).data.cursor, String(wait)).toBe(cursor);
    expect((await bob('getRequests', { since: 'of another time', wait: 50 })).data.cursor).toBe(cursor);
  });
});

describe('the list', () => {
  it('says of each film where it is, for the one who asks', async () => {
    await bob('sync', { add: [sha1(40)] });
    await ann('addRequests', { ids: [sha1(40)] });
    const film40 = (call: Call) => call('list', { find: sha1(40).slice(0, 8) }).then(({ data }) => data.films);
    const row = { id: sha1(40), title: '00000000', size: null, extension: null };
    expect(await film40(bob)).toContainEqual({ ...row, here: 1, requested: 0, others: 0 });
    expect(await film40(ann)).toContainEqual({ ...row, here: 0, requested: 1, others: 1 });
    expect(await film40(visitor)).toContainEqual({ ...row, here: 0, requested: 0, others: 1 });
    expect((await visitor('list', { find: 'FIRST' })).data.films).toMatchObject([{ title: 'The first film' }]);
  });
});

describe('the archive', () => {
  it('answers who waits when it closes, and remembers everything but nothing else', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'archive-'));
    try {
      const database = join(folder, 'archive.db');
      const first = await createArchive({ database });
      const gil = await signedIn(first.url, 'gil');
      await gil('sync', { add: [sha1(50)] });
      const { cursor } = (await gil('getRequests')).data;
      const held = gil('getRequests', { since: cursor, wait: 50 });
      await gil('list');
      await first.close();
      expect((await held).data.cursor).toBe(cursor);
      await using second = await opened({ database, films: [{ sha1: sha1(50), title: 'Named' }] });
      const again = await signedIn(second.url, 'gil');
      expect((await again('sync')).data).toEqual({ ids: [sha1(50)] });
      expect((await again('getRequests')).data.cursor).toBe(cursor);
      expect((await again('list')).data.films).toMatchObject([{ title: 'Named', here: 1 }]);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});

async function opened(options: Parameters<typeof createArchive>[0]) {
  const site = await createArchive(options);
  return { ...site, [Symbol.asyncDispose]: site.close };
}
