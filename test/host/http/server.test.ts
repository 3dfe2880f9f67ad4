/** The loopback listener: its addresses, its guard on every route, its limits, its end. */

import { createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { createHttpServer, type HttpServer, type HttpServerDeps } from '../../../host/http/server.ts';
import { portOwner } from '../../../host/platform/port-owner.ts';
import { LsdError } from '../../../shared/errors.ts';
import { watchListening } from '../../support/refused-accepts.ts';
import { ask, askRaw, faultLog } from './client.ts';

const open: { close(): Promise<unknown> }[] = [];
afterEach(async () => {
  for (const each of open.splice(0)) await each.close();
});

async function listening(mount: (server: HttpServer) => void = () => {}, deps: Partial<HttpServerDeps> = {}) {
  const log = faultLog();
  const server = createHttpServer({ log, ...deps });
  open.push(server);
  mount(server);
  await server.listen({ port: 0 });
  return { server, port: server.port, log };
}

const SECURITY = {
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "sandbox; default-src 'none'",
  'cross-origin-resource-policy': expect.stringMatching(/^(same|cross)-origin$/),
};

describe('the addresses', () => {
  it('answers on 127.0.0.1 and, where there is one, on ::1, at the same port', async () => {
    const { port } = await listening(server => server.app.get('/here', () => 'yes'));
    expect((await ask(port, '/here')).body.toString()).toBe('yes');
    const v6 = await ask(port, '/here', { address: '::1' }).catch((thrown: NodeJS.ErrnoException) => thrown.code);
    if (typeof v6 === 'object') expect(v6.body.toString()).toBe('yes');
    else expect(v6).toMatch(/EADDRNOTAVAIL|EAFNOSUPPORT/);
  });

  it('goes on where a connection cannot be taken, on either, and says so', async () => {
    const accepts = watchListening();
    const { port, log } = await listening(server => server.app.get('/here', () => 'yes'));
    accepts.failAccepts(3);
    expect(log.faults[0]).toMatchObject({ event: 'accept-failed', detail: { error: { message: 'accept ENFILE' } } });
    expect(log.faults.length).toBeLessThanOrEqual(2);
    expect((await ask(port, '/here')).body.toString()).toBe('yes');
  });

  it('answers to three names and to nobody else, on every route', async () => {
    const { port } = await listening(server => server.app.get('/here', () => 'yes'));
    for (const name of ['127.0.0.1', 'localhost', '[::1]', 'LOCALHOST']) {
      expect((await ask(port, '/here', { headers: { host: `${name}:${port}` } })).status).toBe(200);
    }
    for (const host of [
      'evil.example',
      `evil.example:${port}`,
      '127.0.0.1',
      `127.0.0.1:${port + 1}`,
      `[::2]:${port}`,
    ]) {
      for (const path of ['/here', '/get/x', '/no/such/route', '/%zz']) {
        const answer = await ask(port, path, { headers: { host } });
        expect(answer.status).toBe(421);
        expect(answer.headers).toMatchObject(SECURITY);
      }
    }
  });

  it.each([
    ['no Host', 'GET /here HTTP/1.1\r\n\r\n', 400],
    ['no Host in HTTP/1.0', 'GET /here HTTP/1.0\r\n\r\n', 400],
    ['an empty Host', 'GET /here HTTP/1.1\r\nHost:\r\n\r\n', 400],
    ['two Hosts', 'GET /here HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nHost: evil.example\r\n\r\n', 400],
    ['another host in the target', 'GET http://evil.example/here HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\n\r\n', 421],
    ['an upgrade to another host', `GET /socket HTTP/1.1\r\nHost: evil.example\r\n${upgrade()}\r\n`, 421],
    ['an upgrade without Host', `GET /socket HTTP/1.1\r\n${upgrade()}\r\n`, 400],
    ['no HTTP at all', 'hello\r\n\r\n', 400],
    ['a line that never ends', `GET /${'x'.repeat(40_000)} HTTP/1.1\r\n\r\n`, 431],
    ['an expectation', 'GET /here HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nConnection: close\r\nExpect: tea\r\n\r\n', 417],
  ])('refuses %s, with the headers that every answer carries', async (_case, text, status) => {
    const { port } = await listening(server => {
      server.app.get('/here', () => 'yes');
      server.upgrade(
        path => path === '/socket',
        (_req, socket) => socket.end('HTTP/1.1 101 Switching\r\n\r\n'),
      );
    });
    const reply = await askRaw(port, text.replaceAll('PORT', String(port)));
    expect(reply).toMatch(new RegExp(`^HTTP/1.1 ${status} `));
    for (const name of Object.keys(SECURITY)) expect(reply.toLowerCase()).toContain(`\r\n${name}: `);
  });
});

function upgrade(): string {
  return 'Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n';
}

describe('routes', () => {
  it.each([
    ['/no/such/route', 'GET', 404],
    ['/%zz', 'GET', 404],
    ['/here', 'DELETE', 404],
    ['/broken', 'GET', 500],
    ['/broken-stream', 'GET', 500],
  ])('%s by %s is %i, in plain words, with the headers that every answer carries', async (path, method, status) => {
    const { port, log } = await listening(server => {
      server.app.get('/here', () => 'yes');
      server.app.get('/broken', () => {
        throw new Error('secret');
      });
      server.stream(
        path => path === '/broken-stream',
        () => Promise.reject(new Error('secret')),
      );
    });
    const answer = await ask(port, path, { method });
    expect(answer.status).toBe(status);
    expect(answer.headers).toMatchObject({ ...SECURITY, 'cache-control': 'no-store' });
    expect(answer.headers['content-length']).toBe(String(answer.body.length));
    expect(answer.body.toString()).not.toContain('secret');
    expect(log.faults).toHaveLength(status === 500 ? 1 : 0);
  });

  it('bounds a body', async () => {
    const { port } = await listening(server => server.app.post('/here', () => 'yes'), { limits: { bodyBytes: 10 } });
    const head = 'POST /here HTTP/1.1\r\nHost: 127.0.0.1:PORT\r\nConnection: close\r\nContent-Type: text/plain\r\n';
    const reply = await askRaw(port, `${head.replace('PORT', String(port))}Content-Length: 11\r\n\r\nhello world`);
    expect(reply).toMatch(/^HTTP\/1.1 413 /);
  });

  it('gives up on a head that does not arrive', async () => {
    const { port } = await listening(undefined, { limits: { headersMs: 50, requestMs: 50 } });
    expect(await askRaw(port, 'GET / HTTP/1.1\r\nHost: 127')).toMatch(/^HTTP\/1.1 408 .*nosniff/s);
  });

  it('hands an upgrade on only where something is mounted; another is a plain request', async () => {
    const { port } = await listening(server => {
      server.app.get('/plain', (_request, reply) => reply.header('Connection', 'close').send('yes'));
      server.upgrade(
        path => path === '/socket',
        (_req, socket) => socket.end('HTTP/1.1 101 Switching\r\n\r\n'),
      );
    });
    const request = (path: string) => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n${upgrade()}\r\n`;
    expect(await askRaw(port, request('/socket'))).toMatch(/^HTTP\/1.1 101 /);
    expect(await askRaw(port, request('/plain'))).toMatch(/^HTTP\/1.1 200 /);
  });
});

describe('a port that is taken', () => {
  async function taken() {
    const server = createServer().listen(0, '127.0.0.1');
    await new Promise(resolve => server.once('listening', resolve));
    open.push({ close: () => new Promise(resolve => server.close(resolve)) });
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('no port');
    return address.port;
  }

  it('is an error that names its owner where it was asked for', async () => {
    const port = await taken();
    const server = createHttpServer({ log: faultLog(), portOwner });
    open.push(server);
    const error = await server.listen({ port }).catch((thrown: unknown) => thrown);
    expect(error).toBeInstanceOf(LsdError);
    expect(error).toMatchObject({ code: 'invalid', params: { port } });
    if (process.platform === 'linux') expect(String(error)).toContain(`(process ${process.pid})`);
  });

  it('gives way to the next of the ports that may be taken instead', async () => {
    const [first, second] = [await taken(), await taken()];
    const server = createHttpServer({ log: faultLog() });
    open.push(server);
    const listening = await server.listen({ port: first, instead: [second, 0] });
    expect([first, second]).not.toContain(listening.port);
    expect(listening.taken).toMatchObject({ code: 'invalid', params: { port: first } });
    expect((await ask(listening.port, '/')).status).toBe(404);
  });
});

describe('the end', () => {
  it('breaks open answers and waits for what they held', async () => {
    const events: string[] = [];
    const started = Promise.withResolvers<void>();
    const { server, port } = await listening(server =>
      server.stream(
        path => path === '/endless',
        async ({ res, onGone }) => {
          res.writeHead(200, { 'Content-Length': 100 }).write(Buffer.from('begin'));
          started.resolve();
          await new Promise<void>(resolve => onGone(resolve));
          await new Promise(resolve => setImmediate(resolve));
          events.push('let go');
        },
      ),
    );
    const asked = ask(port, '/endless').catch((thrown: NodeJS.ErrnoException) => thrown.code);
    await started.promise;
    await server.close();
    events.push('closed');
    expect(events).toEqual(['let go', 'closed']);
    expect(await asked).toBe('ECONNRESET');
    await expect(ask(port, '/endless')).rejects.toThrow('ECONNREFUSED');
  });

  it('also ends a pipelined answer that waits for its turn', async () => {
    const waiting = Promise.withResolvers<void>();
    let ended = 0;
    let asked = 0;
    const { server, port } = await listening(server =>
      server.stream(
        path => path === '/endless',
        async ({ onGone }) => {
          if (++asked === 20) waiting.resolve();
          await new Promise<void>(resolve => onGone(resolve));
          ended++;
        },
      ),
    );
    const reply = askRaw(port, `GET /endless HTTP/1.1\r\nHost: 127.0.0.1:${port}\r\n\r\n`.repeat(20)).catch(() => '');
    await waiting.promise;
    await server.close();
    expect(ended).toBe(20);
    await reply;
  });
});
