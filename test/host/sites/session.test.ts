import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { afterEach, describe, expect, it } from 'vitest';
import { createNet } from '../../../host/platform/net.ts';
import { parseAbout, parseDescribed, parseLacking, parseListed, parseWanted } from '../../../host/sites/replies.ts';
import { type Account, createSession, type Session } from '../../../host/sites/session.ts';
import { decodeReply, SiteStatus } from '../../../host/sites/site-api.ts';
import { LsdError } from '../../../shared/errors.ts';
import { openSiteDouble, type Reply, refuse, type SiteDouble } from '../../support/site-double.ts';
import { hashOf, idOf } from '../../support/sites-room.ts';

const MIB = 1_048_576;
const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function link(account: Account = {}, about: object | null = {}): Promise<{ site: SiteDouble; session: Session }> {
  const site = await openSiteDouble(about);
  const net = createNet({ resolve: new Map() });
  open.push(site.close, net.close);
  const { origin, url } = site;
  return { site, session: createSession({ origin, url, lan: true, net, account: async () => account }) };
}
const ann = { username: 'ann', password: 'secret' };

describe('a session', () => {
  it('calls with a form, and with JSON once the site offers it', async () => {
    const { site, session } = await link({}, { json: true });
    await session.describe();
    await session.call('sync', { add: [], remove: [] });
    expect(site.calls.map(call => call.headers['content-type']?.split(';')[0])).toEqual([
      'multipart/form-data',
      'application/json',
    ]);
    expect(site.calls[1]?.data).toEqual({ add: [], remove: [] });
  });

  it('signs in before the first call, once for many, and sends the cookies back', async () => {
    const { site, session } = await link(ann);
    site.replies.set('signin', ({ data }, response) => {
      response.setHeader('set-cookie', ['session=abc; Path=/; HttpOnly', 'other=1; Domain=evil.example']);
      return { user: data.username };
    });
    await Promise.all([session.call('sync', {}), session.call('getRequests', {})]);
    expect(site.calls[0]).toMatchObject({ action: 'signin', data: ann });
    expect(site.of('signin')).toHaveLength(1);
    expect(site.of('sync')[0]?.headers.cookie).toBe('session=abc');
    expect(session.signedIn).toBe(true);
  });

  it.each([401, 403])('signs in once more after a %i, for all calls that were refused together', async code => {
    const { site, session } = await link(ann);
    await session.call('sync', {});
    let expired = true;
    const guarded: Reply = () => (expired ? refuse(code) : { ids: [] });
    site.replies.set('sync', guarded);
    site.replies.set('getRequests', guarded);
    site.replies.set('signin', () => {
      expired = false;
      return { user: 'ann' };
    });
    await Promise.all([session.call('sync', {}), session.call('getRequests', {})]);
    expect(site.of('signin')).toHaveLength(2);
  });

  it('that is refused after signing in again fails, and calls no more', async () => {
    const { site, session } = await link(ann);
    site.replies.set('sync', () => refuse(403));
    await expect(session.call('sync', {})).rejects.toMatchObject({ code: 'signin-failed', userAction: 'sign-in' });
    const calls = site.calls.length;
    await expect(session.call('getRequests', {})).rejects.toMatchObject({ code: 'signin-failed' });
    expect(site.calls).toHaveLength(calls);
    expect(site.of('signin')).toHaveLength(2);
    expect(session.signedIn).toBe(false);
  });

  it.each<[string, Reply]>([
    ['a status', () => refuse(401, 'wrong password')],
    ['errors', () => ({ errors: { password: 'Incorrect Password' } })],
    ['no user', () => ({})],
  ])('takes %s for a failed sign-in', async (_, reply) => {
    const { site, session } = await link(ann);
    site.replies.set('signin', reply);
    for (let call = 0; call < 3; call++) {
      await expect(session.call('sync', {})).rejects.toMatchObject({ code: 'signin-failed' });
    }
    expect(site.of('signin')).toHaveLength(1);
    expect(site.of('sync')).toHaveLength(0);
  });

  it('asks for its account again where that could not be read', async () => {
    const site = await openSiteDouble();
    const net = createNet({ resolve: new Map() });
    open.push(site.close, net.close);
    let locked = true;
    const account = async () => {
      if (locked) throw new Error('the keyring is locked');
      return ann;
    };
    const { origin, url } = site;
    const session = createSession({ origin, url, lan: true, net, account });
    await expect(session.call('sync', {})).rejects.toThrow('the keyring is locked');
    expect(site.calls).toEqual([]);
    locked = false;
    await session.call('sync', {});
    expect(site.calls.map(call => call.action)).toEqual(['signin', 'sync']);
  });

  it('tries a sign-in again where the server failed, not the password', async () => {
    const { site, session } = await link(ann);
    site.replies.set('signin', () => refuse(500, 'database is down'));
    await expect(session.call('sync', {})).rejects.toMatchObject({ code: 'site-error' });
    site.replies.clear();
    await session.call('sync', {});
  });

  it('sends the token with every call, and is refused for good with a wrong one', async () => {
    const { site, session } = await link({ token: 't0ken' });
    await session.call('sync', {});
    expect(site.calls[0]?.headers.authorization).toBe('Bearer t0ken');
    expect(site.of('signin')).toHaveLength(0);
    site.replies.set('sync', () => refuse(401));
    await expect(session.call('sync', {})).rejects.toMatchObject({ code: 'signin-failed' });
  });

  it('without an account says that the site wants one', async () => {
    const { site, session } = await link();
    site.replies.set('sync', () => refuse(403));
    await expect(session.call('sync', {})).rejects.toMatchObject({ code: 'not-configured' });
    site.replies.clear();
    await session.call('sync', {});
  });

  it('takes a site without "api" for a plain one', async () => {
    const { session } = await link({}, null);
    expect(await session.describe()).toMatchObject({ json: false, wait: 0, trackers: [] });
  });

  it('accepts bare replies', async () => {
    const { site, session } = await link();
    site.replies.set('sync', (_, response) => void response.end(JSON.stringify({ ids: [idOf(1)] })));
    expect(parseListed(await session.call('sync', {}))).toEqual([idOf(1)]);
  });
});

describe('what a misbehaving site gets', () => {
  const bad: [string, Reply, string, RegExp][] = [
    ['HTML', (_, response) => void response.end('<!doctype html><p>Hello'), 'site-error', /web page/],
    ['HTML with 502', (_, response) => void response.writeHead(502).end('<h1>Bad gateway'), 'site-error', /502/],
    ['nothing', (_, response) => void response.end(), 'site-error', /nothing/],
    ['500 without words', (_, response) => void response.writeHead(500).end(), 'site-error', /500/],
    ['half of JSON', (_, response) => void response.end('{"status": {"code": 200'), 'site-error', /not JSON/],
    ['a status of 400', () => refuse(400, 'bad ids'), 'site-error', /bad ids.*400/],
    ['a broken connection', (_, response) => void response.destroy(), 'site-unreachable', /cannot be reached/],
    [
      'half of an answer',
      (_, response) => {
        response.writeHead(200, { 'content-length': 100 });
        response.write('{', () => response.destroy());
      },
      'site-unreachable',
      /broke/,
    ],
    [
      'a redirect elsewhere',
      (_, response) => void response.writeHead(302, { location: 'https://evil.example/' }).end(),
      'site-error',
      /redirects to/,
    ],
    [
      '100 MB',
      (_, response) => {
        const chunk = Buffer.alloc(65_536, ' ');
        let left = 100 * MIB;
        const more = () => {
          while (left > 0 && !response.destroyed) {
            left -= chunk.length;
            if (!response.write(chunk)) return void response.once('drain', more);
          }
          if (!response.destroyed) response.end();
        };
        more();
      },
      'site-error',
      /larger than the 64 MiB/,
    ],
  ];
  it.each(bad)('%s: a clear error', async (_, reply, code, words) => {
    const { site, session } = await link();
    site.replies.set('sync', reply);
    const failure = await session.call('sync', {}).catch((thrown: unknown) => thrown);
    expect(failure).toBeInstanceOf(LsdError);
    expect(failure).toMatchObject({ code, message: expect.stringMatching(words) });
    site.replies.clear();
    expect(await session.call('sync', {})).toEqual({ ids: [] });
  });

  it('smaller caps hold for the other actions', async () => {
    const { site, session } = await link();
    site.replies.set('getRequests', (_, response) => void response.end(Buffer.alloc(17 * MIB, ' ')));
    await expect(session.call('getRequests', {})).rejects.toThrow(/16 MiB/);
  });

  it('its words reach the person without control or direction characters', async () => {
    const { site, session } = await link();
    site.replies.set('sync', () => refuse(400, 'a\u202Eb\u0000\u001b[31mc'.repeat(200)));
    const failure = await session.call('sync', {}).catch((thrown: Error) => thrown);
    expect(String(failure)).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(String(failure).length).toBeLessThan(400);
  });
});

describe('replies', () => {
  const lan = { lan: false };
  it('lose every field that is not right, and nothing else', () => {
    const described = parseDescribed(
      {
        items: [
          {
            sha1: idOf(1).toUpperCase(),
            info_hash: hashOf(1),
            extension: '../MKV',
            size: -5,
            sha256: 'zz',
            trackers: [
              'udp://t.example:1',
              'http://10.0.0.1/',
              'file:///etc/passwd',
              'http://u:p@t.example/',
              7,
              'wss://t.example/',
            ],
            webseeds: ['https://w.example/', 'ftp://w.example/', 'http://[::1]/', 'http://169.254.169.254/'],
            torrent: 'not base64!',
            peers: [
              '8.8.8.8:1',
              '127.0.0.1:1',
              '8.8.8.8:0',
              '8.8.8.8:70000',
              '[2606:4700::1]:5',
              'p.example:5',
              'localhost:5',
              'x y:1',
            ],
          },
          { sha1: 'short' },
          null,
          'text',
        ],
      },
      lan,
    );
    expect([...described]).toEqual([
      [
        idOf(1),
        {
          metadata: { infoHash: hashOf(1), size: null, extension: '', sha256: null },
          places: {
            trackers: ['udp://t.example:1', 'wss://t.example/'],
            webseeds: ['https://w.example/'],
            peers: ['8.8.8.8:1', '[2606:4700::1]:5', 'p.example:5'],
          },
          torrent: null,
        },
      ],
    ]);
  });

  it('keep of a torrent the info dictionary, where it is the one that the info hash names', () => {
    const info = Buffer.from('d6:lengthi5e4:name1:ae');
    const torrent = Buffer.from(`d8:announce9:udp://x:14:info${info}e`).toString('base64');
    const infoHash = createHash('sha1').update(info).digest('hex');
    const kept = (info_hash: string, given: unknown) =>
      parseDescribed([{ sha1: idOf(1), info_hash, torrent: given }], lan).get(idOf(1))?.torrent;
    expect(Buffer.from(kept(infoHash, torrent) ?? '')).toEqual(Buffer.from(`d4:info${info}e`));
    expect(kept(hashOf(1), torrent)).toBeNull();
    for (const other of ['', 'AAAA', 'ZGU=', 'bGU=', 7, Buffer.from(`d4:info${info}`).toString('base64')]) {
      expect(kept(infoHash, other)).toBeNull();
    }
  });

  it('name what they lack', () => {
    expect(() => parseListed({})).toThrow(/"sync" has not a list in "ids"/);
    expect(() => parseDescribed({}, lan)).toThrow(/"addRequests"/);
    expect(() => parseWanted({ ids: 'all' }, lan)).toThrow(/"getRequests"/);
    expect(parseLacking({})).toEqual([]);
    expect(parseWanted({ ids: [idOf(1)] }, lan)).toMatchObject({ ids: [idOf(1)], cursor: null, withdrawn: [] });
    expect(parseAbout({ wait: 3600, json: 'yes', trackers: 'no', name: 5 }, lan)).toMatchObject({
      wait: 50,
      json: false,
      trackers: [],
    });
  });

  it('of any JSON are a value or a named error', () => {
    fc.assert(
      fc.property(fc.json(), fc.constantFrom(200, 204, 301, 404, 500), (text, status) => {
        for (const parse of [
          parseListed,
          parseLacking,
          (data: unknown) => parseDescribed(data, lan),
          (data: unknown) => parseWanted(data, lan),
          (data: unknown) => parseAbout(data, lan),
        ]) {
          try {
            parse(decodeReply(status, text, 'https://a.example'));
          } catch (thrown) {
            expect(thrown instanceof LsdError || thrown instanceof SiteStatus).toBe(true);
          }
        }
      }),
    );
  });
});
