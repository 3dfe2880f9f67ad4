/** `GET /get/ID` over real sockets: who may read, and what the answer carries (lsd.md, section 4). */

import { describe, expect, it } from 'vitest';
import { ask } from '../http/client.ts';
import { contentOf, idOf, OTHER_SITE, SITE, STRANGER, stand } from './get-stand.ts';

const ID = idOf('a');
const ABSENT = idOf('b');
const BYTES = Buffer.from('0123456789abcdefghij');

function held(double: Partial<Parameters<typeof contentOf>[0]> = {}) {
  const { content, counts } = contentOf({ bytes: BYTES, ...double });
  return { contents: new Map([[ID, content]]), reads: { [SITE]: [ID] }, counts };
}

/** What a browser adds to the request of a media element of another site. */
const MEDIA = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors', 'sec-fetch-dest': 'video' };

describe('(a) a capability', () => {
  it.each([
    ['a player', {}],
    ['a page of the extension', { 'sec-fetch-site': 'none' }],
  ])('serves %s by itself', async (_who, headers) => {
    await using get = await stand(held());
    for (const origin of [SITE, null]) {
      const answer = await ask(get.port, `/get/${ID}${get.token(origin, ID)}`, { headers });
      expect(answer.status).toBe(200);
      expect(answer.body).toEqual(BYTES);
      expect(get.opened.pop()).toEqual({ id: ID, reader: origin });
    }
  });

  it.each([
    ['a media element of another page', MEDIA],
    ['a page of another site', { origin: STRANGER }],
    ['a page of another granted site', { origin: OTHER_SITE }],
    ['a page with an opaque origin', { origin: 'null' }],
    ['a page that names itself by Referer', { referer: `${STRANGER}/x` }],
    ['what says same-origin', { 'sec-fetch-site': 'same-origin' }],
    ['another port of localhost', { 'sec-fetch-site': 'same-site' }],
  ])('does not serve %s', async (_who, headers) => {
    await using get = await stand(held());
    for (const origin of [SITE, null]) {
      expect((await ask(get.port, `/get/${ID}${get.token(origin, ID)}`, { headers })).status).toBe(404);
    }
  });

  it('serves the pages of its origin', async () => {
    await using get = await stand(held());
    const path = `/get/${ID}${get.token(SITE, ID)}`;
    expect((await ask(get.port, path, { headers: { origin: SITE } })).status).toBe(200);
    expect((await ask(get.port, path, { headers: { referer: `${SITE}/watch` } })).status).toBe(200);
  });

  it('ends with the grant, with 24 hours, and at another id', async () => {
    const one = held();
    await using get = await stand({
      ...one,
      contents: new Map([...one.contents, [ABSENT, contentOf({ bytes: BYTES }).content]]),
    });
    const path = `/get/${ID}${get.token(SITE, ID)}`;
    expect((await ask(get.port, `/get/${ABSENT}${get.token(SITE, ID)}`)).status).toBe(404);
    expect((await ask(get.port, path)).status).toBe(200);
    const etag = { 'if-none-match': `"${ID}"` };
    expect((await ask(get.port, path, { headers: etag })).status).toBe(304);
    get.granted.splice(0);
    expect((await ask(get.port, path)).status).toBe(404);
    expect((await ask(get.port, path, { headers: etag })).status).toBe(404);
    get.granted.push(SITE);
    get.now.ms += 24 * 60 * 60 * 1000;
    expect((await ask(get.port, path)).status).toBe(404);
  });
});

describe('(b) the header that the extension puts on the plain URL', () => {
  it('serves a media element of an https page, which names no one itself', async () => {
    await using get = await stand(held());
    const connection = {};
    const headers = { ...MEDIA, 'x-lsd-reader': get.readers.issue(connection, SITE) };
    const answer = await ask(get.port, `/get/${ID}`, { headers: { ...headers, range: 'bytes=2-5' } });
    expect(answer.status).toBe(206);
    expect(answer.body.toString()).toBe('2345');
    get.readers.drop(connection);
    expect((await ask(get.port, `/get/${ID}`, { headers })).status).toBe(404);
  });

  it('opens what its origin may read, and nothing with a value that was not issued', async () => {
    await using get = await stand(held());
    const other = { ...MEDIA, 'x-lsd-reader': get.readers.issue({}, OTHER_SITE) };
    expect((await ask(get.port, `/get/${ID}`, { headers: other })).status).toBe(404);
    for (const value of ['', 'x', SITE]) {
      expect((await ask(get.port, `/get/${ID}`, { headers: { ...MEDIA, 'x-lsd-reader': value } })).status).toBe(404);
    }
  });

  it('lets a frame of the page play, but not read: CORS is not echoed to it', async () => {
    await using get = await stand({ ...held(), granted: [SITE, 'https://frame.site.example'] });
    const headers = { origin: 'https://frame.site.example', 'x-lsd-reader': get.readers.issue({}, SITE) };
    const answer = await ask(get.port, `/get/${ID}`, { headers });
    expect(answer.status).toBe(200);
    expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
  });
});

describe('(c) Origin, else Referer', () => {
  it.each([
    ['Origin', { origin: SITE }, 200],
    ['Referer', { referer: `${SITE}/watch` }, 200],
    ['Origin of the site, Referer of another', { origin: SITE, referer: `${STRANGER}/` }, 200],
    ['Origin of another, Referer of the site', { origin: STRANGER, referer: `${SITE}/` }, 404],
    ['an opaque Origin, Referer of the site', { origin: 'null', referer: `${SITE}/` }, 404],
    ['another port of the site', { origin: `${SITE}:8443` }, 404],
    ['the site without TLS', { origin: SITE.replace('https', 'http') }, 404],
    ['a granted site that neither shares nor requested it', { origin: OTHER_SITE }, 404],
    ['a site without a grant', { origin: STRANGER }, 404],
    ['nobody that can be named', MEDIA, 404],
  ])('%s', async (_case, headers, status) => {
    await using get = await stand({ ...held(), reads: { [SITE]: [ID], [STRANGER]: [ID] } });
    expect((await ask(get.port, `/get/${ID}`, { headers })).status).toBe(status);
  });

  it('opens it as that site, so that a copy of its own is not shown to it', async () => {
    await using get = await stand(held());
    await ask(get.port, `/get/${ID}`, { headers: { origin: SITE } });
    expect(get.opened).toEqual([{ id: ID, reader: SITE }]);
  });
});

describe('(d) a program without any site behind it', () => {
  it('reads only if the person switched that on', async () => {
    let on = false;
    await using get = await stand({ ...held(), openToPrograms: () => on });
    expect((await ask(get.port, `/get/${ID}`)).status).toBe(404);
    on = true;
    expect((await ask(get.port, `/get/${ID}`)).status).toBe(200);
    expect((await ask(get.port, `/get/${ID}`, { headers: { 'sec-fetch-site': 'none' } })).status).toBe(200);
    expect((await ask(get.port, `/get/${ID}`, { headers: MEDIA })).status).toBe(404);
    expect((await ask(get.port, `/get/${ID}`, { headers: { origin: STRANGER } })).status).toBe(404);
  });
});

describe('the 404', () => {
  it('is the same for what is not held, what is not for this caller, what is blocked, and what is no id', async () => {
    await using get = await stand({
      ...held(),
      reads: { [SITE]: [ABSENT, idOf('c')] },
      blocklist: { has: id => id === idOf('c') },
    });
    const paths = [ID, ABSENT, idOf('c'), idOf('d'), 'x', '', `${ID}/`, `${ID}0`, '../etc/passwd', '%00', '%2e%2e'];
    const answers = await Promise.all(paths.map(path => ask(get.port, `/get/${path}`, { headers: { origin: SITE } })));
    for (const { status, headers, body } of answers.slice(1)) {
      expect(status).toBe(404);
      expect(body).toEqual(answers[0]!.body);
      expect({ ...headers, date: '' }).toEqual({ ...answers[0]!.headers, date: '' });
    }
  });

  it('comes without anything being opened, and for what is no id without anything being looked up', async () => {
    await using get = await stand(held());
    await ask(get.port, `/get/${ID}`, { headers: { origin: OTHER_SITE } });
    expect(get.opened).toEqual([]);
    get.lookedUp.splice(0);
    await ask(get.port, `/get/${ID.slice(1)}`, { headers: { origin: SITE } });
    expect(get.lookedUp).toEqual([]);
    expect(get.opened).toEqual([]);
  });
});

describe('the answer', () => {
  const headers = { origin: SITE };

  it('of a verified file has an ETag and is asked for again each time', async () => {
    await using get = await stand(held());
    const { status, headers: got } = await ask(get.port, `/get/${ID.toUpperCase()}`, { headers });
    expect(status).toBe(200);
    expect(got).toMatchObject({
      'accept-ranges': 'bytes',
      'access-control-allow-origin': SITE,
      'cache-control': 'private, no-cache',
      'content-length': String(BYTES.length),
      'content-security-policy': "sandbox; default-src 'none'",
      'content-type': 'video/mp4',
      'cross-origin-resource-policy': 'cross-origin',
      etag: `"${ID}"`,
      'referrer-policy': 'no-referrer',
      vary: 'Origin',
      'x-content-type-options': 'nosniff',
    });
    expect(got).not.toHaveProperty('content-disposition');
  });

  it('of a file that is not verified yet has none, and is not kept', async () => {
    await using get = await stand(held({ verified: false }));
    const { headers: got } = await ask(get.port, `/get/${ID}`, { headers: { ...headers, 'if-none-match': `"${ID}"` } });
    expect(got['cache-control']).toBe('no-store');
    expect(got).not.toHaveProperty('etag');
  });

  it('to HEAD has the length of the whole, whatever Range says', async () => {
    await using get = await stand(held());
    const answer = await ask(get.port, `/get/${ID}`, { method: 'HEAD', headers: { ...headers, range: 'bytes=0-1' } });
    expect(answer).toMatchObject({ status: 200, headers: { 'content-length': String(BYTES.length) } });
    expect(answer.body).toHaveLength(0);
  });

  it('past the end is 416', async () => {
    await using get = await stand(held());
    const answer = await ask(get.port, `/get/${ID}`, { headers: { ...headers, range: 'bytes=20-' } });
    expect(answer).toMatchObject({ status: 416, headers: { 'content-range': 'bytes */20' } });
  });

  it('to several ranges is multipart, each part with its place, as long as promised', async () => {
    await using get = await stand(held());
    const answer = await ask(get.port, `/get/${ID}`, { headers: { ...headers, range: 'bytes=18-, 0-9,-20000' } });
    expect(answer).toMatchObject({ status: 206, headers: { 'content-range': 'bytes 0-19/20' } });
    const several = await ask(get.port, `/get/${ID}`, { headers: { ...headers, range: 'bytes=-2,0-9' } });
    const boundary = /^multipart\/byteranges; boundary=(\w+)$/.exec(several.headers['content-type']!)![1]!;
    const part = (range: string, text: string) =>
      `--${boundary}\r\nContent-Type: video/mp4\r\nContent-Range: bytes ${range}/20\r\n\r\n${text}\r\n`;
    expect(several.body.toString()).toBe(`${part('18-19', 'ij')}${part('0-9', '0123456789')}--${boundary}--\r\n`);
    expect(several.headers['content-length']).toBe(String(several.body.length));
  });

  it.each([
    ['mp4', BYTES, 'video/mp4', undefined],
    ['srt', BYTES, 'text/plain; charset=utf-8', undefined],
    ['html', BYTES, 'application/octet-stream', `attachment; filename="${ID}.html"`],
    ['svg', BYTES, 'application/octet-stream', `attachment; filename="${ID}.svg"`],
    ['', BYTES, 'application/octet-stream', `attachment; filename="${ID}"`],
    ['ts', Buffer.alloc(400, 0x47), 'video/mp2t', undefined],
    ['ts', Buffer.alloc(400, 'export '), 'application/octet-stream', `attachment; filename="${ID}.ts"`],
    ['mts', Buffer.alloc(100, 0x47), 'application/octet-stream', `attachment; filename="${ID}.mts"`],
  ])('to a .%s', async (extension, bytes, type, disposition) => {
    await using get = await stand(held({ extension, bytes }));
    const answer = await ask(get.port, `/get/${ID}`, { headers });
    expect(answer.body).toEqual(bytes);
    expect(answer.headers['content-disposition']).toBe(disposition);
    expect(answer.headers['content-type']).toBe(type);
  });

  it('keeps a verified file open for the next range, and disposes it in the end', async () => {
    const file = held();
    await using get = await stand(file);
    for (const more of [{}, { range: 'bytes=1-2' }, { range: 'bytes=99-' }, { 'if-none-match': '*' }]) {
      await ask(get.port, `/get/${ID}`, { headers: { ...headers, ...more } });
      await ask(get.port, `/get/${ID}`, { method: 'HEAD', headers: { ...headers, ...more } });
    }
    await get.server.close();
    expect(file.counts).toEqual({ opened: 1, disposed: 1 });
    expect(get.log.faults).toEqual([]);
  });
});

describe('a preflight', () => {
  it('is answered for granted origins only', async () => {
    await using get = await stand(held());
    const preflight = (origin?: string) =>
      ask(get.port, `/get/${ID}`, {
        method: 'OPTIONS',
        headers: { 'access-control-request-method': 'GET', ...(origin && { origin }) },
      });
    expect(await preflight(SITE)).toMatchObject({
      status: 204,
      headers: { 'access-control-allow-origin': SITE, 'access-control-allow-methods': 'GET, HEAD', vary: 'Origin' },
    });
    for (const origin of [STRANGER, 'null', undefined]) {
      const answer = await preflight(origin);
      expect(answer.status).toBe(404);
      expect(answer.headers).not.toHaveProperty('access-control-allow-origin');
    }
  });
});
