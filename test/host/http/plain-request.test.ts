/** Plain GETs are read as node:http reads them, or not at all. */

import { createServer } from 'node:http';
import { Duplex } from 'node:stream';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createPlainParser } from '../../../host/http/plain-request.ts';

const head = (...lines: string[]) => Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');

const parsePlainGet = (bytes: Buffer) => createPlainParser().parse(bytes);

describe('a plain GET', () => {
  it('is read with what a browser sends', () => {
    const bytes = head(
      'GET /get/a?t=x_-9 HTTP/1.1',
      'Host: 127.0.0.1:15550',
      'sec-ch-ua: "Chromium";v="142", "Not A;Brand";v="99"',
      'Range:bytes=0-1 ',
      'Empty:',
    );
    expect(parsePlainGet(bytes)).toEqual({
      method: 'GET',
      url: '/get/a?t=x_-9',
      headers: {
        host: '127.0.0.1:15550',
        'sec-ch-ua': '"Chromium";v="142", "Not A;Brand";v="99"',
        range: 'bytes=0-1',
        empty: '',
      },
    });
  });

  it.each([
    ['another method', head('HEAD / HTTP/1.1', 'Host: a')],
    ['another version', head('GET / HTTP/1.0', 'Host: a')],
    ['a target in absolute form', head('GET http://a/ HTTP/1.1', 'Host: a')],
    ['two blanks', head('GET  / HTTP/1.1', 'Host: a')],
    ['a head that is not whole', Buffer.from('GET / HTTP/1.1\r\nHost: a\r\n')],
    ['bytes after it', Buffer.concat([head('GET / HTTP/1.1', 'Host: a'), Buffer.from('G')])],
    ['a second request after it', Buffer.concat(Array(2).fill(head('GET / HTTP/1.1', 'Host: a')))],
    ['a header twice', head('GET / HTTP/1.1', 'Host: a', 'host: b')],
    ['a folded line', head('GET / HTTP/1.1', 'Host: a', ' b')],
    ['a blank before the colon', head('GET / HTTP/1.1', 'Host : a')],
    ['no colon', head('GET / HTTP/1.1', 'Host')],
    ['no name', head('GET / HTTP/1.1', ': a')],
    ['a bare LF', head('GET / HTTP/1.1', 'Host: a\nRange: b')],
    ['a bare CR', head('GET / HTTP/1.1', 'Host: a\rRange: b')],
    ['a NUL', head('GET / HTTP/1.1', 'Host: a\0')],
    ['a byte above ASCII', head('GET / HTTP/1.1', 'Host: \xe4')],
    ['a body', head('GET / HTTP/1.1', 'Host: a', 'Content-Length: 0')],
    ['a chunked body', head('GET / HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked')],
    ['an upgrade', head('GET / HTTP/1.1', 'Host: a', 'Connection: Upgrade', 'Upgrade: websocket')],
    ['an expectation', head('GET / HTTP/1.1', 'Host: a', 'Expect: 100-continue')],
    ['more than one connection option', head('GET / HTTP/1.1', 'Host: a', 'Connection: close, range')],
  ])('is not one with %s', (_case, bytes) => {
    expect(parsePlainGet(bytes)).toBeUndefined();
  });

  it.each([
    ['GET /a HTTP/1.1', 'Host: a', 'Range: bytes=1-', 'A: b'],
    ['GET /a HTTP/1.1', 'Host: a', 'Range: bytes=1-2,4-5', 'A: b'],
    ['GET /a HTTP/1.1', 'Host: a', 'Range: bytes=1-2\r\nB: c', 'A: b'],
    ['GET /a HTTP/1.1', 'Host: a', 'Range: bytes=1-2\r\nRange: bytes=1-2', 'A: b'],
    ['GET /a HTTP/1.1', 'Host: a', 'Range: bytes=1-2\r\n\r\nGET /b HTTP/1.1', 'A: b'],
    ['GET /a HTTP/1.1', 'Host: a', 'Range: bytes=1-2\nB: c', 'A: b'],
    ['GET /a HTTP/1.1', 'Host: a', 'Range: bytes=1-2', 'A: c'],
    ['GET /b HTTP/1.1', 'Host: a', 'Range: bytes=1-2', 'A: b'],
    ['GET /a HTTP/1.1', 'Host: a', 'A: b'],
    ['GET /a HTTP/1.1', 'Host: a', 'Range: bytes=1-2', 'A: b', 'A: b'],
    ['GET /a HTTP/1.1', 'Host: a', 'Range: bytes=-2', 'A: b'],
    ['GET /a HTTP/1.1', 'Host: a', 'Range: bytes=', 'A: b'],
    ['GET /a HTTP/1.1', 'Host: a', 'Range: bytes=2-1', 'A: b'],
  ])('is another than one that is much alike: %s, %s, %s', (...lines) => {
    const parser = createPlainParser();
    parser.parse(head('GET /a HTTP/1.1', 'Host: a', 'Range: bytes=1-2', 'A: b'));
    expect(parser.rangeOf(head(...lines))).toBeUndefined();
  });

  it('is alike to the one before it where only the range is another', () => {
    const parser = createPlainParser();
    const get = (range: string, ...more: string[]) =>
      head('GET /a HTTP/1.1', 'Host: a', `range:  bytes=${range} `, ...more);
    expect(parser.rangeOf(get('1-2'))).toBeUndefined();
    parser.parse(get('1-2'));
    expect(parser.rangeOf(get('30-50'))).toEqual({ start: 30, end: 51 });
    expect(parser.rangeOf(get('1-2'))).toEqual({ start: 1, end: 3 });
    expect(parser.parse(get('1-2', 'Te: trailers'))).toBeUndefined();
    expect(parser.rangeOf(get('1-2')), 'what is not plain leaves nothing to compare with').toBeUndefined();
  });

  it('is the same to node:http, whatever it looks like', async () => {
    const line = fc.oneof(
      fc.constantFrom(
        'Host: a',
        'Range: bytes=0-',
        'Connection: close',
        'connection:Keep-Alive',
        'Cookie:\t',
        '__proto__: a',
      ),
      fc.tuple(fc.string({ maxLength: 8 }), fc.constantFrom(':', ': ', ' :', '\t:\t')).map(parts => parts.join('')),
      fc.string({ unit: fc.constantFrom(...'aZ-:; \t\r\n\0\x7f\xe4'), maxLength: 12 }),
      fc.string({ unit: 'binary', maxLength: 20 }),
    );
    const first = fc.oneof(
      fc.constantFrom('GET / HTTP/1.1', 'GET /get/a?t=%20 HTTP/1.1', 'GET //..?? HTTP/1.1', 'GET /# HTTP/1.1'),
      fc.string({ maxLength: 6 }).map(path => `GET /${path} HTTP/1.1`),
    );
    const asNodeReads = nodeReader();
    let plain = 0;
    await fc.assert(
      fc.asyncProperty(first, fc.array(line, { maxLength: 4 }), async (request, lines) => {
        const bytes = head(request, ...lines);
        const read = parsePlainGet(bytes);
        if (!read) return;
        plain++;
        expect({ ...read }).toEqual(await asNodeReads(bytes));
      }),
      { numRuns: 500 },
    );
    expect(plain).toBeGreaterThan(20);
  });
});

/** What node:http makes of a head; undefined: nothing that it would answer. */
function nodeReader(): (bytes: Buffer) => Promise<unknown> {
  const server = createServer({ requireHostHeader: false });
  return bytes =>
    new Promise(resolve => {
      server
        .removeAllListeners('request')
        .on('request', ({ method, url, headers }) => resolve({ method, url, headers }));
      server.removeAllListeners('clientError').on('clientError', () => resolve(undefined));
      const socket = new Duplex({ read() {}, write: (_chunk, _encoding, done) => done() });
      server.emit('connection', socket);
      socket.push(bytes);
    });
}
