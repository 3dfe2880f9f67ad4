/** Whatever a request says, `/get` answers it, never with a 5xx, and gives the file only to those who may read it. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ask, askRaw } from '../http/client.ts';
import { contentOf, idOf, SITE, stand } from './get-stand.ts';

const ID = idOf('a');
const BYTES = Buffer.from('the very bytes of this file');

async function held() {
  const { content } = contentOf({ bytes: BYTES });
  return await stand({ contents: new Map([[ID, content]]), reads: { [SITE]: [ID] } });
}

/** Text that a header may hold, near what the parsers look for. */
const value = fc.oneof(
  fc.string({ unit: fc.constantFrom(...'bytes=-,0123456789 "*/W:.ehtpsnul[]\t') }),
  fc.string({ unit: fc.integer({ min: 0x20, max: 0x7e }).map(code => String.fromCharCode(code)) }),
);

describe('fuzz', () => {
  it('answers any Range with bytes of the file', async () => {
    await using get = await held();
    await fc.assert(
      fc.asyncProperty(value, value, async (range, condition) => {
        const headers = { origin: SITE, range: `bytes=${range}`, 'if-range': condition, 'if-none-match': condition };
        const { status, body } = await ask(get.port, `/get/${ID}`, { headers });
        expect([200, 206, 304, 416]).toContain(status);
        if (status === 200) expect(body).toEqual(BYTES);
      }),
      { numRuns: 200 },
    );
  });

  it('gives nothing to any Origin, Referer, Host, reader value or token that is not the right one', async () => {
    await using get = await held();
    const names = ['origin', 'referer', 'sec-fetch-site', 'x-lsd-reader', 'host'];
    const some = fc.dictionary(fc.constantFrom(...names), value);
    await fc.assert(
      fc.asyncProperty(some, value, async (headers, token) => {
        const { status } = await ask(get.port, `/get/${ID}?t=${encodeURIComponent(token)}`, { headers });
        expect([400, 404, 421]).toContain(status);
      }),
      { numRuns: 200 },
    );
  });

  it('answers any path with 404', async () => {
    await using get = await held();
    const piece = fc.oneof(fc.constantFrom('get', '..', '.', ID, '%2f', '%00', '%', '?', '#', ';', '//'), fc.webPath());
    await fc.assert(
      fc.asyncProperty(fc.array(piece, { maxLength: 6 }), async pieces => {
        const { status } = await ask(get.port, encodeURI(`/${pieces.join('/')}`));
        expect(status).toBe(404);
      }),
      { numRuns: 200 },
    );
  });

  it('closes on any bytes, and goes on serving', async () => {
    await using get = await held();
    const line = fc.oneof(
      fc.constantFrom(
        'GET',
        'HEAD',
        'OPTIONS',
        `/get/${ID}`,
        'HTTP/1.1',
        'Host:',
        'Range:',
        'Transfer-Encoding: chunked',
      ),
      fc.string({ unit: 'binary', maxLength: 40 }),
    );
    const separator = fc.constantFrom(' ', '\r\n', '\n', '\r\n\r\n', '\0');
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(line, separator)), async parts => {
        // The last request is sure to end the connection, unless what came before it did.
        const end = `\r\n\r\nGET / HTTP/1.1\r\nHost: 127.0.0.1:${get.port}\r\nConnection: close\r\n\r\n`;
        const reply = await askRaw(get.port, parts.flat().join('') + end).catch(() => '');
        expect(reply).not.toMatch(/^HTTP\/1.1 5/m);
      }),
      { numRuns: 100 },
    );
    expect((await ask(get.port, `/get/${ID}`, { headers: { origin: SITE } })).body).toEqual(BYTES);
    expect(get.log.faults).toEqual([]);
  });
});
