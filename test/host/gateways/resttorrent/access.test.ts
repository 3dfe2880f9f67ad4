/** Who may use the gateway, and what web pages try; each is refused, and nothing is changed. */

import { mkdir, symlink, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { manyFiles } from '../../../support/many-files.ts';
import { askRaw } from '../../http/client.ts';
import { type Stand, stand } from './stand.ts';

const FRIEND = 'https://friend.example';
const one = manyFiles([{ path: 'a.mp4', size: 100 }]);
const file = Buffer.from(one.metainfo).toString('base64');

describe('access', () => {
  let at: Stand;
  let torrents: string;
  beforeAll(async () => {
    at = await stand({ rules: { origins: [FRIEND] } });
    torrents = await at.session();
  });
  afterAll(() => at[Symbol.asyncDispose]());

  const count = async () => (await at.ask('/v1/sessions')).body.sessions.length;

  /** Node's fetch says Sec-Fetch-Mode by itself, so the headers are written out. */
  function raw(method: string, path: string, headers: Record<string, string>, body = ''): Promise<string> {
    const all = {
      Host: `127.0.0.1:${at.port}`,
      Connection: 'close',
      'Content-Length': String(body.length),
      ...headers,
    };
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}\r\n`);
    return askRaw(at.port, `${method} ${path} HTTP/1.1\r\n${lines.join('')}\r\n${body}`);
  }
  const form = { 'Content-Type': 'application/x-www-form-urlencoded' };

  it.each<[string, Record<string, string>]>([
    ['a foreign origin', { Origin: 'https://evil.example' }],
    ['no origin that can be named', { Origin: 'null' }],
    ['a form of another site', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'navigate' }],
    ['another port of this machine', { 'Sec-Fetch-Site': 'same-site' }],
    ['a foreign page', { Referer: 'https://evil.example/' }],
    ['a foreign page that says more', { Origin: 'https://evil.example', 'X-Requested-With': 'x' }],
    ['what says that it is no other site, and a plain form', { 'Sec-Fetch-Site': 'same-origin' }],
    ['a named site, and a plain form', { Origin: FRIEND, 'Sec-Fetch-Site': 'cross-site' }],
  ])('is refused to %s', async (_, headers) => {
    const before = await count();
    const answer = await raw('POST', '/v1/sessions', { ...form, ...headers }, 'ports=23000,23999');
    expect(answer).toMatch(/^HTTP\/1\.1 403 /);
    expect(answer).toContain('"code":"access.denied"');
    expect(answer).not.toMatch(/access-control-allow-origin: (?!https:\/\/friend)/i);
    expect(await raw('DELETE', torrents.replace('/torrents', ''), headers)).toMatch(/^HTTP\/1\.1 403 /);
    expect(await count()).toBe(before);
  });

  it('is refused by another name of this machine, in its own words', async () => {
    const answer = await raw('GET', '/v1/sessions', { Host: `evil.example:${at.port}` });
    expect(answer).toMatch(/^HTTP\/1\.1 421 /);
    expect(answer).toContain('"status":"fail"');
  });

  it('is given to programs, and to named sites that mean it', async () => {
    const made = await raw('POST', '/v1/sessions', form, 'ports=23000,23999');
    expect(made).toMatch(/^HTTP\/1\.1 200 /);
    const named = await raw('GET', '/v1/sessions', { Origin: FRIEND, 'Sec-Fetch-Site': 'cross-site' });
    expect(named).toMatch(/^HTTP\/1\.1 200 /);
    expect(named).toContain(`Access-Control-Allow-Origin: ${FRIEND}`);
    expect(named).toMatch(/vary: Origin/i);
    const changed = await raw(
      'POST',
      '/v1/sessions',
      { ...form, Origin: FRIEND, 'Sec-Fetch-Site': 'cross-site', 'X-Requested-With': 'fetch' },
      'ports=23000,23999',
    );
    expect(changed).toMatch(/^HTTP\/1\.1 200 /);
    const preflight = await raw('OPTIONS', '/v1/sessions', { Origin: FRIEND });
    expect(preflight).toMatch(/^HTTP\/1\.1 204 /);
    expect(preflight).toContain('Access-Control-Allow-Headers: x-requested-with, authorization, content-type, prefer');
    expect(await raw('OPTIONS', '/v1/sessions', { Origin: 'https://evil.example' })).toMatch(/^HTTP\/1\.1 403 /);
  });

  it('needs the token once there is one, and gives it no more than that', async () => {
    await using closed = await stand({ rules: { token: 'secret', origins: [FRIEND] } });
    for (const path of ['/v1/sessions', '/v1/nothing', '/v1/sessions?token=other']) {
      const { status, body } = await closed.ask(path);
      expect([path, status, body.status, body.error.code]).toEqual([path, 401, 'fail', 'access.denied']);
    }
    expect((await closed.ask('/v1/sessions?token=secret')).status).toBe(200);
    expect((await closed.ask('/v1/sessions', { headers: { authorization: 'Bearer secret' } })).status).toBe(200);
    const foreign = { authorization: 'Bearer secret', origin: 'https://evil.example' };
    expect((await closed.ask('/v1/sessions', { headers: foreign })).status).toBe(403);
  });

  it('gives scripts to other sites where that is switched on, with the token', async () => {
    const script = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'script' };
    expect((await at.ask('/v1/sessions?callback=tell', { headers: script })).status).toBe(403);
    expect((await at.ask('/v1/sessions?callback=tell')).headers.get('content-type')).toMatch(/^application\/json/);
    await using open = await stand({ rules: { token: 'secret', origins: [], jsonp: true } });
    const ask = (path: string, headers = script as Record<string, string>) => open.ask(path, { headers });
    const told = await ask('/v1/sessions?callback=a.$b&token=secret');
    expect([told.status, told.body]).toEqual([200, '/**/a.$b({"status":"success","sessions":[]});']);
    expect(told.headers.get('content-type')).toMatch(/^application\/javascript/);
    expect(told.headers.get('cross-origin-resource-policy')).toBe('cross-origin');
    expect((await ask('/v1/sessions?callback=tell')).status).toBe(403);
    expect((await ask('/v1/sessions?callback=tell&token=other')).status).toBe(403);
    expect((await ask('/v1/sessions?callback=alert(1)&token=secret')).status).toBe(400);
    expect((await ask(`/v1/sessions?callback=${'a'.repeat(65)}&token=secret`)).status).toBe(400);
    const origin = { ...script, origin: 'https://evil.example' };
    expect((await ask('/v1/sessions?callback=tell&token=secret', origin)).status).toBe(403);
    const none = await ask(`/v1/sessions/${'a'.repeat(40)}?callback=tell&token=secret`);
    expect([none.status, none.body]).toEqual([200, expect.stringMatching(/^\/\*\*\/tell\(\{"status":"fail"/)]);
  });

  describe('save_path', () => {
    beforeAll(async () => {
      const outside = join(at.root, '..', 'outside');
      await mkdir(outside);
      await mkdir(`${at.root}2`);
      await mkdir(join(at.root, 'inside'));
      await symlink(outside, join(at.root, 'leads-out'));
      await symlink(join(at.root, '..', 'not-there'), join(at.root, 'leads-nowhere'));
      await symlink(join(at.root, 'inside'), join(at.root, 'leads-in'));
      await writeFile(join(at.root, 'a-file'), 'x');
    });

    it.each([
      ['/etc', 'access.denied'],
      ['..', 'access.denied'],
      ['../outside', 'access.denied'],
      ['inside/../../outside', 'access.denied'],
      ['leads-out', 'access.denied'],
      ['leads-out/below', 'access.denied'],
      ['leads-nowhere', 'access.denied'],
      ['a\0b', 'param.invalid'],
      ['ROOT2', 'access.denied'],
    ])('%j is refused', async (path, code) => {
      const save_path = path === 'ROOT2' ? `${at.root}2` : path;
      const { body } = await at.ask(torrents, { json: { file, save_path, autostart: 0 } });
      expect(body).toMatchObject({ status: 'fail', error: { code } });
      expect((await at.ask(torrents)).body.torrents).toEqual([]);
    });

    it.each(['.', 'new/folder', 'leads-in', 'ROOT/inside'])('%j is taken', async path => {
      const save_path = path.replace('ROOT', at.root);
      const { body } = await at.ask(torrents, { json: { file, save_path, autostart: 0 } });
      expect(body).toMatchObject({ status: 'success', info_hash: one.infoHash, paused: true });
      await at.ask(`${torrents}/${one.infoHash}`, { method: 'DELETE' });
    });
  });

  describe('url', () => {
    let site: Server;
    let port: number;
    let asked = 0;
    beforeAll(async () => {
      site = createServer((req, res) => {
        asked++;
        if (req.url === '/away') res.writeHead(302, { location: `http://localhost:${port}/torrent` }).end();
        else if (req.url === '/torrent') res.end(Buffer.from(one.metainfo));
        else if (req.url === '/endless') res.writeHead(200, { 'content-length': 17 * 1024 * 1024 }).end();
        else res.writeHead(404).end();
      }).listen(0, '127.0.0.1');
      await new Promise(resolve => site.once('listening', resolve));
      const address = site.address();
      port = typeof address === 'object' && address ? address.port : 0;
    });
    afterAll(() => {
      site.closeAllConnections();
      site.close();
    });

    const upload = (to: Stand, list: string, url: string) =>
      to.ask(list, { json: { url, save_path: '.', autostart: 0 } });

    it('is not fetched from this machine, by number or by name', async () => {
      await using shut = await stand({ fetchLan: false });
      const list = await shut.session();
      for (const host of ['127.0.0.1', 'localhost', '[::1]', '0.0.0.0', '169.254.169.254', '[::ffff:127.0.0.1]']) {
        const { body } = await upload(shut, list, `http://${host}:${port}/torrent`);
        expect([host, body.error.code]).toEqual([host, 'access.denied']);
      }
      expect(asked).toBe(0);
    });

    it('of trackers, sources and web seeds in a magnet link is not asked there either', async () => {
      await using shut = await stand({ sessions: { lan: false } });
      const list = await shut.session();
      const hosts = ['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]'];
      const places = hosts.flatMap(host => {
        const at = encodeURIComponent(`http://${host}:${port}/torrent`);
        return [`tr=${at}`, `xs=${at}`, `ws=${at}`, `x.pe=${host}:${port}`];
      });
      const magnet = `magnet:?xt=urn:btih:${one.infoHash}&${places.join('&')}`;
      const before = asked;
      expect((await shut.ask(list, { json: { magnet, save_path: '.' } })).body.status).toBe('success');
      const failed = (body: { trackers: { status: string }[] }) =>
        body.trackers.filter(({ status }) => status === 'failed').length;
      await shut.wait(`${list}/${one.infoHash}/trackers`, body => failed(body) === hosts.length);
      expect(asked).toBe(before);
    });

    it('is fetched where that is allowed, also where it leads elsewhere', async () => {
      for (const path of ['torrent', 'away']) {
        const { body } = await upload(at, torrents, `http://127.0.0.1:${port}/${path}`);
        expect(body).toMatchObject({ status: 'success', info_hash: one.infoHash });
        await at.ask(`${torrents}/${one.infoHash}`, { method: 'DELETE' });
      }
    });

    it.each(['nothing', 'endless'])('tells of what cannot be had: %s', async path => {
      const { body } = await upload(at, torrents, `http://127.0.0.1:${port}/${path}`);
      expect(body).toMatchObject({ status: 'fail', error: { code: 'upload.failed' } });
    });
  });
});
