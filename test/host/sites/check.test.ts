import { afterEach, describe, expect, it } from 'vitest';
import { createNet } from '../../../host/platform/net.ts';
import { checkSite } from '../../../host/sites/check.ts';
import { createArchive } from '../../../site/archive.ts';
import { openSiteDouble, type Reply, refuse } from '../../support/site-double.ts';

const open: (() => Promise<unknown>)[] = [];
afterEach(async () => {
  for (const close of open.splice(0)) await close();
});

async function check(url: string, account: object = {}) {
  const net = createNet({ resolve: new Map() });
  open.push(() => net.close());
  return checkSite({ net, url, account });
}

const ACTIONS = { sync: {}, addRequests: {}, removeRequests: {}, getRequests: {} };

describe('the contract check', () => {
  it('passes the reference site, and leaves nothing behind', async () => {
    const archive = await createArchive({ accounts: [{ username: 'ann', password: 'correct horse' }] });
    open.push(() => archive.close());
    const result = await check(`${archive.url}api/`, { username: 'ann', password: 'correct horse' });
    expect(result.checks.filter(one => !one.ok)).toEqual([]);
    expect(result.ok).toBe(true);
    expect(result.checks.find(one => one.name === 'getRequests holds')?.message).toContain('holds');
    expect((await check(`${archive.url}api/`, { username: 'ann', password: 'correct horse' })).checks).toContainEqual({
      name: 'sync lists',
      ok: true,
      message: 'It lists 0 ids.',
    });
  });

  it('passes a plain site without "api"', async () => {
    const site = await openSiteDouble(null);
    open.push(site.close);
    const result = await check(site.url);
    expect(result.checks.filter(one => !one.ok)).toEqual([]);
  });

  const wrongs: [string, string, Reply, RegExp][] = [
    ['a web page', 'api', (_, response) => void response.end('<html>'), /^answer: .*web page/],
    ['no actions', 'api', () => ({}), /^api: .*"actions"/],
    ['actions left out', 'api', () => ({ actions: { sync: {} } }), /^api: .*addRequests, removeRequests/],
    ['trackers that are none', 'api', () => ({ actions: ACTIONS, trackers: ['tracker'] }), /^trackers: /],
    [
      'JSON that it does not take',
      'api',
      ({ headers }) => (headers['content-type']?.includes('json') ? refuse(400) : { actions: ACTIONS, json: true }),
      /^json: .*400/,
    ],
    ['no list', 'sync', () => ({}), /^sync lists: /],
    ['ids that are none', 'sync', () => ({ ids: ['x'] }), /^sync lists: 1 of the ids/],
    ['an id twice', 'sync', () => ({ ids: ['a'.repeat(40), 'a'.repeat(40)] }), /^sync lists: .*twice/],
    ['ids in upper case', 'sync', () => ({ ids: ['A'.repeat(40)] }), /^sync lists: .*lower case/],
    ['adds that it forgets', 'sync', ({ data }) => ({ ids: [], update: data.add }), /^sync adds: .*not listed/],
    [
      'metadata for anything',
      'addRequests',
      ({ data }) => (data.ids as string[]).map(sha1 => ({ sha1 })),
      /^addRequests: .*never heard of/,
    ],
    ['metadata for nothing', 'addRequests', () => [], /^addRequests: .*knows/],
    ['a failing removal', 'removeRequests', () => refuse(500), /^removeRequests: .*500/],
    [
      'requests for what is not held',
      'getRequests',
      () => ({ ids: ['b'.repeat(40)] }),
      /^getRequests: names|^getRequests: "getRequests" names 1/,
    ],
  ];
  it.each(wrongs)('names %s', async (_, action, reply, sentence) => {
    const site = await openSiteDouble({ actions: ACTIONS });
    open.push(site.close);
    site.replies.set(action, reply);
    const result = await check(site.url);
    expect(result.ok).toBe(false);
    const failures = result.checks.filter(one => !one.ok).map(one => `${one.name}: ${one.message}`);
    expect(failures).toContainEqual(expect.stringMatching(sentence));
  });

  it('names a long poll that is not held, and one without a cursor', async () => {
    const site = await openSiteDouble({ actions: ACTIONS, wait: 5 });
    open.push(site.close);
    site.replies.set('getRequests', () => ({ ids: [] }));
    const failure = async () => (await check(site.url)).checks.find(one => one.name === 'getRequests holds');
    expect(await failure()).toMatchObject({ ok: false, message: expect.stringContaining('no "cursor"') });
    site.replies.set('getRequests', () => ({ ids: [], cursor: 'x' }));
    site.ids.clear();
    expect(await failure()).toMatchObject({ ok: false, message: expect.stringContaining('nothing had changed') });
  });

  it('names a sign-in that accepts any password', async () => {
    const site = await openSiteDouble({ actions: ACTIONS });
    open.push(site.close);
    const result = await check(site.url, { username: 'ann', password: 'pw' });
    expect(result.checks).toContainEqual({
      name: 'signin refuses',
      ok: false,
      message: '"signin" accepts a wrong password.',
    });
  });

  it('says so where nothing answers', async () => {
    const result = await check('http://127.0.0.1:9/api/');
    expect(result).toMatchObject({ ok: false, checks: [{ name: 'answer', ok: false }] });
    await expect(check('nonsense')).rejects.toMatchObject({ code: 'invalid' });
  });
});
