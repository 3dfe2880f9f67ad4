/** A connection is answered in the same way whether its requests are plain, become unusual, come in pieces or all at once. */

import { connect, type Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterEach, describe, expect, it } from 'vitest';
import { answer } from '../../../host/http/answer.ts';
import { createHttpServer, type HttpServer, type StreamHandler } from '../../../host/http/server.ts';
import { askRaw, faultLog } from './client.ts';

let server: HttpServer;
afterEach(() => server.close());

async function listening(handler: StreamHandler, limits = {}): Promise<number> {
  server = createHttpServer({ log: faultLog(), limits });
  server.stream(path => path.startsWith('/echo'), handler);
  server.app.get('/other', (_request, reply) => reply.send('other'));
  await server.listen({ port: 0 });
  return server.port;
}

/** Answers with the request's URL, when it is let. */
const echo =
  (let_: () => Promise<void> = () => Promise.resolve()): StreamHandler =>
  async ({ req, res }) => {
    await let_();
    const body = Buffer.from(`<${req.url}>`);
    res.writeHead(200, { 'Content-Length': body.length }).write(body);
    res.end();
  };

const get = (path: string, port: number, ...more: string[]) =>
  `${[`GET ${path} HTTP/1.1`, `Host: 127.0.0.1:${port}`, ...more].join('\r\n')}\r\n\r\n`;

/** Each piece is written once what the one before it asked for is there. */
async function inTurn(port: number, turns: { write: string; until: string }[]): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port });
  let all = '';
  for (const { write, until } of turns) {
    socket.write(write);
    for (let heard = ''; !heard.includes(until); ) {
      const [bytes] = await new Promise<Buffer[]>((resolve, reject) => {
        socket
          .once('data', (...got: Buffer[]) => resolve(got))
          .once('close', () => reject(new Error(`closed: ${all}`)));
      });
      heard += bytes;
      all += bytes;
    }
  }
  socket.destroy();
  return all;
}

const bodies = (text: string) => text.match(/<[^>]*>|other/g);

describe('a connection', () => {
  it('is kept for one plain request after the other, and says so', async () => {
    const port = await listening(echo(), { idleMs: 7000 });
    const all = await inTurn(port, [
      { write: get('/echo/1', port), until: '<' },
      { write: get('/echo/2', port, 'Range: bytes=0-'), until: '<' },
    ]);
    expect(bodies(all)).toEqual(['</echo/1>', '</echo/2>']);
    expect(all.match(/Connection: keep-alive\r\nKeep-Alive: timeout=7\r\n/g)).toHaveLength(2);
    expect(all).toMatch(
      /^HTTP\/1\.1 200 OK\r\n(?:[\w-]+: [^\r\n]*\r\n)*Date: \w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT\r\n/,
    );
  });

  it('ends after the answer where the client wants it so', async () => {
    const port = await listening(echo());
    const reply = await askRaw(port, get('/echo', port, 'Connection: close'));
    expect(reply).toContain('\r\nConnection: close\r\n');
    expect(bodies(reply)).toEqual(['</echo>']);
  });

  it('goes on with what is not plain: another route, another method, a head in pieces', async () => {
    const port = await listening(echo());
    const all = await inTurn(port, [
      { write: get('/echo/1', port), until: '<' },
      { write: get('/other', port), until: 'other' },
      { write: get('/echo/2', port).slice(0, 20), until: '' },
      { write: get('/echo/2', port).slice(20), until: '<' },
      { write: get('/echo/3', port).replace('GET', 'HEAD'), until: '200 OK' },
    ]);
    expect(bodies(all)).toEqual(['</echo/1>', 'other', '</echo/2>']);
  });

  it('answers what comes while it answers, in order', async () => {
    const free = Promise.withResolvers<void>();
    const begun = Promise.withResolvers<void>();
    const port = await listening(
      echo(() => {
        begun.resolve();
        return free.promise;
      }),
    );
    const socket = connect({ host: '127.0.0.1', port });
    socket.write(get('/echo/1', port));
    await begun.promise;
    socket.write(get('/echo/2', port));
    socket.write(get('/other', port));
    socket.write(get('/echo/3', port, 'Connection: close'));
    // Something that was sent after them has been answered, so they are there.
    await inTurn(port, [{ write: get('/other', port), until: 'other' }]);
    free.resolve();
    expect(bodies(String(await buffer(socket)))).toEqual(['</echo/1>', '</echo/2>', 'other', '</echo/3>']);
  });

  it('answers what is alike but for its range as the handler said, as long as that has an answer', async () => {
    const handled: unknown[] = [];
    const port = await listening(async ({ req, res, onAlike }) => {
      handled.push(req.headers.range);
      const body = Buffer.from(`<${req.headers.range}>`);
      res.writeHead(200, { 'Content-Length': body.length }).write(body);
      res.end();
      onAlike?.((range, lines) => {
        if (range.start === 9) return undefined;
        return Buffer.from(`HTTP/1.1 206 Partial Content\r\nContent-Length: 7\r\n${lines}<alike>`);
      });
    });
    const ranged = (range: string, ...more: string[]) => get('/echo', port, `Range: bytes=${range}`, ...more);
    const all = await inTurn(port, [
      { write: ranged('1-2'), until: '<' },
      { write: ranged('3-4'), until: '<' },
      { write: ranged('5-6'), until: '<' },
      { write: ranged('9-9'), until: '<' },
      { write: ranged('7-8'), until: '<' },
      { write: ranged('7-8', 'X: y'), until: '<' },
      { write: ranged('9-9') + ranged('1-2'), until: '<bytes=1-2>' },
    ]);
    expect(bodies(all)).toEqual([
      '<bytes=1-2>',
      '<alike>',
      '<alike>',
      '<bytes=9-9>',
      '<alike>',
      '<bytes=7-8>',
      '<bytes=9-9>',
      '<bytes=1-2>',
    ]);
    expect(handled).toHaveLength(5);
    expect(all.match(/\r\nConnection: keep-alive\r\n/g)?.length).toBeGreaterThanOrEqual(7);
  });

  it('that does not take such an answer is closed in the end', async () => {
    const port = await listening(
      async ({ res, onAlike }) => {
        res.writeHead(200, { 'Content-Length': 2 }).write(Buffer.from('<>'));
        res.end();
        onAlike?.(() => Buffer.alloc(50_000_000));
      },
      { idleMs: 200 },
    );
    const closed = Promise.withResolvers<void>();
    server.app.server.once('connection', (socket: Socket) => socket.once('close', () => closed.resolve()));
    const socket = connect({ host: '127.0.0.1', port });
    socket.write(get('/echo', port, 'Range: bytes=1-2'));
    await new Promise(resolve => socket.once('data', resolve));
    socket.pause().write(get('/echo', port, 'Range: bytes=3-4'));
    await closed.promise;
    socket.destroy();
  });

  it('that was handed over is still for this port only', async () => {
    const port = await listening(echo());
    const all = await inTurn(port, [
      { write: get('/echo/1', port), until: '<' },
      { write: get('/echo/2', port).replace('127.0.0.1', 'evil.example'), until: '421 ' },
    ]);
    expect(bodies(all)).toEqual(['</echo/1>']);
  });

  it('that brings nothing gets 408, and one that brings nothing more is closed', async () => {
    const port = await listening(echo(), { headersMs: 50, idleMs: 50 });
    expect(await askRaw(port, '')).toMatch(/^HTTP\/1.1 408 .*nosniff/s);
    expect(bodies(await askRaw(port, get('/echo', port)))).toEqual(['</echo>']);
  });

  it('is not closed for silence while it is answered', async () => {
    const port = await listening(
      echo(() => new Promise(resolve => setTimeout(resolve, 300))),
      { headersMs: 50, idleMs: 50 },
    );
    expect(bodies(await askRaw(port, get('/echo', port)))).toEqual(['</echo>']);
  });

  it('that ends tells the handler', async () => {
    const gone = Promise.withResolvers<void>();
    const port = await listening(async ({ onGone }) => onGone(gone.resolve));
    const socket = connect({ host: '127.0.0.1', port }).on('error', () => {});
    socket.end(get('/echo', port));
    await gone.promise;
    socket.destroy();
  });
});

describe('an answer', () => {
  it.each([
    [400, 'This request'],
    [404, 'There is nothing'],
  ])('of a few words, %i, is one', async (status, words) => {
    const port = await listening(async ({ res, headers }) => answer(res, status, headers));
    const reply = await askRaw(port, get('/echo', port, 'Connection: close'));
    expect(reply).toMatch(new RegExp(`^HTTP/1.1 ${status} .*nosniff.*\r\n\r\n${words}`, 's'));
  });

  it('of a handler that throws is 500; of one that throws in its midst a broken connection', async () => {
    const port = await listening(async ({ req, res }) => {
      if (req.url === '/echo/midst') res.writeHead(200, { 'Content-Length': 9 }).write(Buffer.from('begin'));
      throw new Error('secret');
    });
    expect(await askRaw(port, get('/echo', port, 'Connection: close'))).toMatch(/^HTTP\/1.1 500 /);
    expect(await askRaw(port, get('/echo/midst', port)).catch(() => '')).not.toContain('secret');
  });

  it('carries no line that a header smuggled in: it is 500', async () => {
    const port = await listening(async ({ res }) => {
      res.writeHead(200, { 'Content-Length': 0, Evil: 'a\r\nSet-Cookie: b' }).end();
    });
    expect(await askRaw(port, get('/echo', port, 'Connection: close'))).toMatch(/^HTTP\/1.1 500 /);
  });
});
