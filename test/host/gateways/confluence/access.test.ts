/** Who may use the gateway, and what a wrong request is told; nothing of it needs a peer. */

import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manyFiles } from '../../../support/many-files.ts';
import { until } from '../../../support/swarm.ts';
import { askRaw } from '../../http/client.ts';
import { type Stand, stand } from './stand.ts';

const FRIEND = 'https://friend.example';
const HASH = 'a'.repeat(40);
const nowhere = manyFiles([{ path: 'a.mp4', size: 100 }]);

describe('access', () => {
  let at: Stand;
  beforeAll(async () => {
    at = await stand({ access: { origins: [FRIEND] } });
  });
  afterAll(() => at[Symbol.asyncDispose]());

  const held = async () => JSON.parse((await at.get('/torrents')).body.toString());

  it.each<[string, Record<string, string>]>([
    ['an image of another site', { 'sec-fetch-site': 'cross-site' }],
    ['another port of this machine', { 'sec-fetch-site': 'same-site' }],
    ['a foreign origin', { origin: 'https://evil.example' }],
    ['no origin that can be named', { origin: 'null' }],
    ['a foreign page', { referer: 'https://evil.example/page' }],
    [
      'a foreign page that hides behind our own referer',
      { origin: 'https://evil.example', referer: 'http://127.0.0.1/' },
    ],
    ['a page that says only what it is not', { 'sec-fetch-site': 'cross-site', origin: 'null' }],
  ])('is refused to %s, and nothing is added', async (_, headers) => {
    for (const path of [`/info?ih=${HASH}`, `/data?ih=${HASH}`, '/health', '/metrics', '/openapi.json', '/nothing']) {
      const { status, headers: answered } = await at.get(path, { headers });
      expect([path, status]).toEqual([path, 403]);
      expect(answered['access-control-allow-origin']).toBeUndefined();
    }
    const posted = await at.get(`/metainfo?ih=${HASH}`, { method: 'POST', headers });
    expect(posted.status).toBe(403);
    expect(await held()).toEqual([]);
  });

  it('is refused by another name of this machine', async () => {
    const rebound = await askRaw(at.port, `GET /info?ih=${HASH} HTTP/1.1\r\nHost: evil.example:${at.port}\r\n\r\n`);
    expect(rebound).toMatch(/^HTTP\/1\.1 421 /);
    expect(await held()).toEqual([]);
  });

  it('is given to programs, our own pages and named sites', async () => {
    expect((await at.get('/health')).status).toBe(200);
    expect((await at.get('/health', { headers: { 'sec-fetch-site': 'none' } })).status).toBe(200);
    expect((await at.get('/health', { headers: { 'sec-fetch-site': 'same-origin' } })).status).toBe(200);
    expect((await at.get('/health', { headers: { referer: `http://localhost:${at.port}/status` } })).status).toBe(200);
    const named = await at.get('/health', { headers: { origin: FRIEND, 'sec-fetch-site': 'cross-site' } });
    expect(named).toMatchObject({
      status: 200,
      headers: {
        'access-control-allow-origin': FRIEND,
        'cross-origin-resource-policy': 'cross-origin',
        vary: 'Origin',
      },
    });
  });

  it('answers preflights of named sites only', async () => {
    const ask = (origin: string) => at.get('/data', { method: 'OPTIONS', headers: { origin } });
    expect(await ask(FRIEND)).toMatchObject({ status: 204, headers: { 'access-control-allow-origin': FRIEND } });
    expect((await ask('https://evil.example')).status).toBe(403);
    expect((await at.get('/data', { method: 'OPTIONS' })).status).toBe(405);
  });

  it('needs the token once there is one, on every route', async () => {
    await using closed = await stand({ access: { token: 'secret', origins: [FRIEND] } });
    for (const path of ['/health', '/status', `/info?ih=${HASH}`, '/nothing', '/health?token=other']) {
      expect([path, (await closed.get(path)).status]).toEqual([path, 401]);
    }
    expect((await closed.get('/health', { headers: { authorization: 'Bearer other' } })).status).toBe(401);
    expect((await closed.get('/health', { headers: { origin: FRIEND } })).status).toBe(401);
    expect((await closed.get('/health?token=secret')).status).toBe(200);
    expect((await closed.get('/health', { headers: { authorization: 'bearer secret' } })).status).toBe(200);
    const foreign = { authorization: 'Bearer secret', origin: 'https://evil.example' };
    expect((await closed.get('/health', { headers: foreign })).status).toBe(403);
  });

  it.each([
    ['/info', 'Name a torrent: ?ih=INFOHASH or ?magnet=LINK.'],
    [
      '/data?ih=abc',
      'This is no info hash: it must be 40 hexadecimal digits or 32 of base32, and it is 3 characters long.',
    ],
    ['/data?magnet=http://a', 'This is no magnet link: it must begin with "magnet:?".'],
    [`/data?ih=${HASH}&magnet=magnet:?dn=a`, 'This magnet link names no torrent: it has no xt=urn:btih:HASH.'],
    [
      `/info?magnet=${encodeURIComponent(`magnet:?xt=urn:btmh:1220${HASH}`)}`,
      'This magnet link names a version 2 torrent alone (urn:btmh); only version 1 torrents (urn:btih) can be fetched.',
    ],
  ])('says what is wrong with %s', async (path, line) => {
    const { status, body, headers } = await at.get(path);
    expect([status, body.toString()]).toEqual([400, `${line}\n`]);
    expect(headers).toMatchObject({ 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' });
    expect(await held()).toEqual([]);
  });

  it('knows no other method and no other path', async () => {
    expect(await at.get('/data', { method: 'PUT' })).toMatchObject({ status: 405 });
    expect((await at.get('/other')).status).toBe(404);
  });

  it('holds no torrent that is blocked', async () => {
    at.home.blocklist.add(HASH);
    expect((await at.get(`/info?ih=${HASH}&nowait=1`)).status).toBe(403);
    expect(await held()).toEqual([]);
  });

  it('takes a hash in base32, and does not wait where it is asked not to', async () => {
    const { status, body } = await at.get('/info?ih=VPMPUVYCYPFPXYC2JZUZMQTXXU4AHOVL&nowait=true');
    expect([status, body.toString()]).toEqual([202, 'info not ready\n']);
    expect(await held()).toMatchObject([{ infoHash: 'abd8fa5702c3cafbe05a4e69964277bd3803baab', length: 0 }]);
  });

  it('waits as long as it is told, and lets go of a torrent that nobody waits for', async () => {
    await using quick = await stand({ holding: { graceMs: 0 } });
    const count = async () => JSON.parse((await quick.get('/torrents')).body.toString()).length;
    const late = await quick.get(`/info?ih=${nowhere.infoHash}&timeout=0.2`);
    expect(late.status).toBe(504);
    await until('the torrent to be dropped', async () => (await count()) === 0);

    const socket = connect(quick.port, '127.0.0.1');
    socket.on('error', () => {});
    socket.write(`GET /data?ih=${nowhere.infoHash} HTTP/1.1\r\nHost: 127.0.0.1:${quick.port}\r\n\r\n`);
    await until('the torrent to be held', async () => (await count()) === 1);
    socket.destroy();
    await until('the torrent to be dropped', async () => (await count()) === 0);
    expect(quick.log.faults).toEqual([]);
  });
});
