import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { type Agent, createServer, get, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from 'vitest';
import { classOf, isAllowed } from '../../../host/platform/addresses.ts';
import { createNet, type Net } from '../../../host/platform/net.ts';

const MIB = 1_048_576;
const open: (() => Promise<unknown> | undefined)[] = [];

afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function serve(listener: RequestListener): Promise<{ server: Server; port: number; url: string }> {
  const server = createServer(listener).listen(0, '127.0.0.1');
  await once(server, 'listening');
  open.push(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  const port = (server.address() as AddressInfo).port;
  return { server, port, url: `http://127.0.0.1:${port}/` };
}

function net(resolve: Record<string, string> = {}): Net {
  const made = createNet({ resolve: new Map(Object.entries(resolve)) });
  open.push(() => made.close());
  return made;
}

const caps = { lan: true, maxBytes: MIB, silenceMs: 5_000 };

describe('the classes of addresses', () => {
  it.each([
    ['8.8.8.8', 'public'],
    ['2606:4700::1111', 'public'],
    ['64:ff9b::808:808', 'public'],
    ['127.0.0.1', 'lan'],
    ['127.8.8.8', 'lan'],
    ['10.1.2.3', 'lan'],
    ['172.31.255.255', 'lan'],
    ['192.168.0.1', 'lan'],
    ['169.254.1.1', 'lan'],
    ['100.64.0.1', 'lan'],
    ['198.18.0.1', 'lan'],
    ['::1', 'lan'],
    ['[::1]', 'lan'],
    ['fe80::1', 'lan'],
    ['fe80::1%eth0', 'lan'],
    ['fc00::1', 'lan'],
    ['fd12:3456::1', 'lan'],
    ['::ffff:8.8.8.8', 'lan'],
    ['::ffff:127.0.0.1', 'lan'],
    ['64:ff9b::7f00:1', 'lan'],
    ['2002:7f00:1::', 'lan'],
    ['::ffff:0.0.0.0', 'never'],
    ['0.0.0.0', 'never'],
    ['0.1.2.3', 'never'],
    ['::', 'never'],
    ['224.0.0.1', 'never'],
    ['ff02::1', 'never'],
    ['255.255.255.255', 'never'],
    ['169.254.169.254', 'never'],
    ['fd00:ec2::254', 'never'],
    ['archive.example', 'never'],
    ['', 'never'],
  ])('%s is %s', (address, expected) => {
    expect(classOf(address)).toBe(expected);
    expect(isAllowed(address, { lan: false })).toBe(expected === 'public');
    expect(isAllowed(address, { lan: true })).toBe(expected !== 'never');
  });
});

describe('a checked fetch', () => {
  it('reaches a loopback server where the LAN is allowed, under its own name', async () => {
    const { url } = await serve((request, response) => response.end(request.headers['user-agent']));
    const response = await net().checkedFetch(url, {}, caps);
    expect(await response.text()).toMatch(/^LetsShareData\/\d/);
  });

  it.each(['127.0.0.1', '[::1]', '2130706433', '0x7f.1', 'localhost', 'inside.example', '[::ffff:7f00:1]'])(
    'never connects to %s without the LAN',
    async host => {
      let reached = 0;
      const { server, port } = await serve((_, response) => response.end());
      server.on('connection', () => reached++);
      const request = net({ 'inside.example': '127.0.0.1' }).checkedFetch(
        `http://${host}:${port}/`,
        {},
        { ...caps, lan: false },
      );
      await expect(request).rejects.toMatchObject({ code: 'denied' });
      expect(reached).toBe(0);
    },
  );

  it('keeps a connection made for a LAN site from serving another one', async () => {
    const { url } = await serve((_, response) => response.end('x'));
    const shared = net();
    await (await shared.checkedFetch(url, {}, caps)).text();
    await expect(shared.checkedFetch(url, {}, { ...caps, lan: false })).rejects.toMatchObject({ code: 'denied' });
  });

  it('connects to the address that --resolve names', async () => {
    const { port } = await serve((request, response) => response.end(request.headers.host));
    const response = await net({ 'archive.example': '127.0.0.1' }).checkedFetch(
      `http://archive.example:${port}/`,
      {},
      caps,
    );
    expect(await response.text()).toBe(`archive.example:${port}`);
  });

  it('follows a redirect within the origin and keeps the method and the body', async () => {
    const { url } = await serve(async (request, response) => {
      if (request.url !== '/api/') return response.writeHead(301, { location: '/api/' }).end();
      response.end(`${request.method} ${Buffer.concat(await request.toArray()).toString()}`);
    });
    const response = await net().checkedFetch(url, { method: 'POST', body: 'hello' }, caps);
    expect(await response.text()).toBe('POST hello');
  });

  it('does not follow a redirect to another origin', async () => {
    let reached = 0;
    const other = await serve((_, response) => response.end(String(reached++)));
    const { url } = await serve((_, response) => response.writeHead(302, { location: other.url }).end());
    await expect(net().checkedFetch(url, {}, caps)).rejects.toMatchObject({ code: 'site-error' });
    expect(reached).toBe(0);
  });

  it('does not go out any more once the way out is closed', async () => {
    let heard = 0;
    const { url } = await serve((_, response) => {
      heard++;
      response.end('here');
    });
    const made = net();
    expect(await (await made.checkedFetch(url, {}, caps)).text()).toBe('here');
    await made.close();
    for (const lan of [true, false]) {
      await expect(made.checkedFetch(url, {}, { ...caps, lan })).rejects.toMatchObject({ code: 'aborted' });
    }
    expect(heard).toBe(1);
  });

  it.skipIf(process.platform === 'win32')(
    'that could not be loaded without file handles goes out with some',
    async () => {
      const { url } = await serve((_, response) => response.end('here'));
      const script = `
      import { closeSync, openSync } from 'node:fs';
      import { createNet } from ${JSON.stringify(new URL('../../../host/platform/net.ts', import.meta.url).href)};
      const net = createNet({ resolve: new Map() });
      const caps = ${JSON.stringify(caps)};
      const held = [];
      try { for (;;) held.push(openSync('/dev/null', 'r')); } catch {}
      const refused = await net.checkedFetch(${JSON.stringify(url)}, {}, caps).catch(error => error);
      for (const each of held) closeSync(each);
      const answer = await net.checkedFetch(${JSON.stringify(url)}, {}, caps);
      console.log(JSON.stringify([held.length > 0, refused.code, await answer.text()]));
      await net.close();`;
      const limited = ['-c', 'ulimit -n 64 && exec "$@"', '-', process.execPath, '--input-type=module', '-e', script];
      const { stdout } = await promisify(execFile)('sh', limited);
      expect(JSON.parse(stdout)).toEqual([true, 'site-unreachable', 'here']);
    },
  );

  it('gives up a circle of redirects', async () => {
    const { url } = await serve((_, response) => response.writeHead(302, { location: '/' }).end());
    await expect(net().checkedFetch(url, {}, caps)).rejects.toThrow(/circle/);
  });

  it('ends an answer that is larger than allowed, announced or not', async () => {
    const { url } = await serve((request, response) => {
      if (request.url === '/announced') response.setHeader('content-length', 100 * MIB);
      const chunk = Buffer.alloc(65_536);
      const more = () => {
        while (!response.destroyed && response.write(chunk));
      };
      response.on('drain', more);
      more();
    });
    for (const path of ['announced', 'endless']) {
      const answer = net()
        .checkedFetch(`${url}${path}`, {}, caps)
        .then(response => response.text());
      await expect(answer).rejects.toMatchObject({ code: 'site-error', message: expect.stringContaining('1 MiB') });
    }
  });

  it('ends a silence, before the headers and in the middle', async () => {
    const { url } = await serve((request, response) => {
      if (request.url === '/middle') response.write('half');
    });
    for (const path of ['before', 'middle']) {
      const answer = net()
        .checkedFetch(`${url}${path}`, {}, { ...caps, silenceMs: 100 })
        .then(response => response.text());
      await expect(answer).rejects.toMatchObject({ code: 'timeout' });
    }
  });

  it('ends a drip at the whole time allowed', async () => {
    const { url } = await serve((_, response) => {
      const drip = setInterval(() => response.write('x'), 20);
      response.on('close', () => clearInterval(drip));
    });
    const answer = net()
      .checkedFetch(url, {}, { ...caps, totalMs: 300 })
      .then(response => response.text());
    await expect(answer).rejects.toMatchObject({ code: 'timeout' });
  });

  it('says that a server is not there', async () => {
    const { server, url } = await serve(() => {});
    server.close();
    await once(server, 'close');
    open.pop();
    await expect(net().checkedFetch(url, {}, caps)).rejects.toMatchObject({ code: 'site-unreachable' });
  });

  it('stops when the caller does', async () => {
    const { url } = await serve(() => {});
    const controller = new AbortController();
    const answer = net().checkedFetch(url, {}, { ...caps, signal: controller.signal });
    controller.abort();
    await expect(answer).rejects.toMatchObject({ code: 'aborted' });
  });
});

describe('what libraries are given', () => {
  it('is a fetch with the LAN rule by host', async () => {
    const { url } = await serve((_, response) => response.end('bytes'));
    const fetch = net().fetchFor(host => host === '127.0.0.1', MIB);
    expect(await (await fetch(url)).text()).toBe('bytes');
    await expect(fetch(url.replace('127.0.0.1', 'localhost'))).rejects.toMatchObject({ code: 'denied' });
  });

  it('is an agent that checks literals and names', async () => {
    const { port } = await serve((_, response) => response.end());
    const { http } = net({ 'inside.example': '127.0.0.1' }).agents(false);
    for (const host of ['127.0.0.1', 'inside.example', 'localhost']) {
      const failed = await new Promise<unknown>(resolve => {
        try {
          get({ host, port, agent: http }, () => resolve('connected')).on('error', resolve);
        } catch (thrown) {
          resolve(thrown);
        }
      });
      expect(failed).toMatchObject({ code: 'denied' });
    }
    const allowed = net().agents(true).http;
    const [response] = await once(get({ host: '127.0.0.1', port, agent: allowed }), 'response');
    expect(response.statusCode).toBe(200);
    allowed.destroy();
  });

  it('is the address of a UDP tracker', async () => {
    const one = net({ 'tracker.example': '10.0.0.7' });
    expect(await one.lookupChecked('tracker.example', { lan: true })).toEqual({ address: '10.0.0.7', family: 4 });
    await expect(one.lookupChecked('tracker.example', { lan: false })).rejects.toMatchObject({ code: 'denied' });
    await expect(one.lookupChecked('0.0.0.0', { lan: true })).rejects.toMatchObject({ code: 'denied' });
  });
});

it('requests go out by the chosen address, by literals and names; none while it is not there', async () => {
  const { port } = await serve((request, response) => response.end(request.socket.remoteAddress));
  let here: string | undefined = '127.0.0.9';
  const resolve = new Map([['archive.example', '127.0.0.1']]);
  const made = createNet({ resolve, local: { current: () => here } });
  open.push(() => made.close());
  for (const host of ['127.0.0.1', 'archive.example', 'localhost']) {
    const response = await made.checkedFetch(`http://${host}:${port}/`, { headers: { connection: 'close' } }, caps);
    expect(await response.text(), host).toBe('127.0.0.9');
  }
  here = undefined;
  const failed = made.checkedFetch(`http://127.0.0.1:${port}/`, {}, caps);
  await expect(failed).rejects.toMatchObject({
    code: 'site-unreachable',
    message: expect.stringContaining('not there'),
  });
});

describe('an address that the person blocked', () => {
  /** Blocked: 127.0.0.2, by whatever name; `also` more of them, as long as the test says so. */
  function guarded(also: Set<string> = new Set()): Net {
    const resolve = new Map([
      ['blocked.example', '127.0.0.2'],
      ['mixed.example', '127.0.0.1'],
    ]);
    const made = createNet({ resolve, isBlocked: address => address === '127.0.0.2' || also.has(address) });
    open.push(() => made.close());
    return made;
  }
  const refused = { code: 'denied', message: expect.stringContaining('list of blocked addresses') };
  const byAgent = (agent: Agent, host: string, port: number) =>
    new Promise<unknown>(resolve => {
      try {
        get({ host, port, agent }, ({ statusCode }) => resolve(statusCode)).on('error', resolve);
      } catch (thrown) {
        resolve(thrown);
      }
    });

  it.each(['127.0.0.2', 'blocked.example', '0x7f.2'])('is refused on every way out: %s', async host => {
    const { port } = await serve((_, response) => response.end());
    const made = guarded();
    const url = `http://${host}:${port}/`;
    await expect(made.checkedFetch(url, {}, caps)).rejects.toMatchObject(refused);
    await expect(made.fetchFor(true, MIB)(url)).rejects.toMatchObject(refused);
    if (host === '0x7f.2') return;
    expect(await byAgent(made.agents(true).http, host, port)).toMatchObject(refused);
    await expect(made.lookupChecked(host, { lan: true })).rejects.toMatchObject(refused);
    expect(await new Promise(resolve => made.lookup(true)(host, {}, resolve))).toMatchObject(refused);
  });

  it('is refused where a redirect leads to it, by number and by name; its neighbour is not', async () => {
    const { port, url } = await serve((request, response) => {
      const host = request.url?.slice(1) ?? '';
      if (host === '') return response.end('here');
      response.writeHead(302, { location: `http://${host}:${port}/` }).end();
    });
    const made = guarded();
    const anywhere = { ...caps, redirects: 'anywhere' as const };
    for (const host of ['127.0.0.2', 'blocked.example']) {
      await expect(made.checkedFetch(`${url}${host}`, {}, anywhere)).rejects.toMatchObject(refused);
    }
    expect(await (await made.checkedFetch(`${url}mixed.example`, {}, anywhere)).text()).toBe('here');
  });

  it('is refused by the next connection, and those that stand are let go', async () => {
    let connected = 0;
    const { server, port } = await serve((request, response) => {
      if (request.url === '/held') response.write('half');
      else response.end('here');
    });
    server.on('connection', () => connected++);
    const also = new Set<string>();
    const made = guarded(also);
    const url = `http://mixed.example:${port}/`;
    for (const _ of [1, 2]) expect(await (await made.checkedFetch(url, {}, caps)).text()).toBe('here');
    const [held] = await once(
      get({ host: '127.0.0.1', port, agent: made.agents(true).http, path: '/held' }),
      'response',
    );
    const standing = connected;
    const broken = once(held, 'error');
    also.add('127.0.0.1');
    made.dropBlocked();
    expect((await broken)[0]).toMatchObject({ code: 'ECONNRESET' });
    await expect(made.checkedFetch(url, {}, caps)).rejects.toMatchObject(refused);
    also.clear();
    expect(await (await made.checkedFetch(url, {}, caps)).text()).toBe('here');
    expect(connected).toBe(standing + 1);
  });
});
