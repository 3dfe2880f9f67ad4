/** The controls of a real daemon: by command line and config.json, at once, kept, and undone. */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import { afterAll, beforeAll, expect, it, onTestFinished } from 'vitest';
import { type Controls, DEFAULT_CONTROLS } from '../../../../shared/controls.ts';
import type { Id } from '../../../../shared/id.ts';
import { openSiteDouble } from '../../../support/site-double.ts';
import { hashOf, idOf } from '../../../support/sites-room.ts';
import { type HomeProcess, letsshare, startHome } from '../../../world/home.ts';
import { until } from '../../../world/until.ts';

const SITE = 'https://archive.example';
let home: HomeProcess;
beforeAll(async () => {
  home = await startHome([], undefined, { limits: { up: 1000, sites: { [SITE]: { down: 5 } } } });
});
afterAll(async () => {
  await home[Symbol.asyncDispose]();
});

const control = async () => (await home.call('daemon.status', {})).control;

async function configure(change: object): Promise<void> {
  const path = join(home.dir, 'config.json');
  await writeFile(path, JSON.stringify({ ...JSON.parse(await readFile(path, 'utf8')), ...change }));
}

it('config.json is the default, a command stands before it, and reset takes the command back', async () => {
  expect(await control()).toMatchObject({ now: { down: null, up: 1000 }, changed: [] });
  const { stdout } = await home.cli(['limits', '--up', '2k', '--site', SITE]);
  expect(stdout).toContain(`${SITE}: down 5 B/s   up 2.0 kB/s`);
  await home.cli(['limits', '--down', '500k', '--active', '3', '--scan-rate', '9m', '--verify-days', 'none']);
  await home.kill();
  await home.start();
  expect(await control()).toMatchObject({
    now: { down: 500_000, up: 1000 },
    controls: { activeDownloads: 3, scanRate: 9e6, verifyDays: null, sites: { [SITE]: { down: 5, up: 2000 } } },
    changed: ['down', 'activeDownloads', 'scanRate', 'verifyDays', 'sites'],
  });
  await home.cli(['limits', '--reset', 'down', 'sites']);
  expect(await control()).toMatchObject({ now: { down: null }, controls: { sites: { [SITE]: { down: 5 } } } });
  await home.cli(['limits', '--reset']);
  expect((await control()).changed).toEqual([]);
  await home.cli(['limits', '--up', '3k']);
  await home.cli(['limits', '--site', SITE, '--down', '9']);
  await home.cli(['limits', '--site', SITE, '--reset']);
  expect(await control()).toMatchObject({
    now: { up: 3000 },
    controls: { sites: { [SITE]: { down: 5 } } },
    changed: ['up'],
  });
  await home.cli(['limits', '--reset']);
});

/** What is set by a command, what it then is, and what config.json says in another run; a setting without a row does not compile. */
const SETTINGS: { [K in keyof Controls]: { by: string[]; is: Controls[K]; reset?: string; configured: Controls[K] } } =
  {
    down: { by: ['limits', '--down', '500k'], is: 500_000, configured: 4_000 },
    up: { by: ['limits', '--up', '20k'], is: 20_000, configured: 5_000 },
    limitLan: { by: ['limits', '--lan', 'on'], is: true, reset: 'lan', configured: true },
    schedule: {
      by: ['schedule', 'add', '--days', 'sun', '--hours', '08:00-09:00', '--up', '7k'],
      is: [{ days: ['sun'], from: '08:00', to: '09:00', up: 7_000 }],
      configured: [{ days: ['mon'], from: '22:00', to: '06:00', down: 6_000 }],
    },
    pauseOnBattery: { by: ['pause', '--on-battery', 'on'], is: true, reset: 'on-battery', configured: true },
    pauseOnMetered: { by: ['pause', '--on-metered', 'on'], is: true, reset: 'on-metered', configured: true },
    uploadSlots: { by: ['limits', '--upload-slots', '7'], is: 7, reset: 'upload-slots', configured: 8 },
    activeDownloads: { by: ['limits', '--active', 'none'], is: null, reset: 'active', configured: 9 },
    keepFree: { by: ['limits', '--keep-free', '5g'], is: 5e9, reset: 'keep-free', configured: 6e9 },
    seedRatio: { by: ['limits', '--seed-ratio', '1.5'], is: 1.5, reset: 'seed-ratio', configured: 2.5 },
    seedHours: { by: ['limits', '--seed-hours', '48'], is: 48, reset: 'seed-hours', configured: 0.5 },
    scanRate: { by: ['limits', '--scan-rate', '9m'], is: 9e6, reset: 'scan-rate', configured: 8e6 },
    scanPriority: {
      by: ['limits', '--scan-priority', 'normal'],
      is: 'normal',
      reset: 'scan-priority',
      configured: 'normal',
    },
    verifyDays: { by: ['limits', '--verify-days', 'none'], is: null, reset: 'verify-days', configured: 30 },
    sites: {
      by: ['quota', SITE, '--monthly', '20g', '--total', '30g'],
      is: { [SITE]: { monthly: 20e9, total: 30e9 } },
      configured: { [SITE]: { up: 3 } },
    },
  };

it('every setting is taken by a command, kept through kill -9, given back, and taken from config.json', async () => {
  await configure({ limits: {} });
  await until('nothing to be set', async () => isDeepStrictEqual((await control()).controls, DEFAULT_CONTROLS));
  const [keys, rows] = [Object.keys(SETTINGS), Object.values(SETTINGS)];
  const all = <T>(of: (row: (typeof rows)[number]) => T) =>
    Object.fromEntries(keys.map((key, at) => [key, of(rows[at]!)]));
  const limits = rows.flatMap(({ by: [command, ...options] }) => (command === 'limits' ? options : []));
  const others = rows.map(({ by }) => by).filter(([command]) => command !== 'limits');
  for (const command of [['limits', ...limits], ...others]) expect(await home.cli(command)).toMatchObject({ code: 0 });
  const set = { controls: all(({ is }) => is), changed: keys };
  expect(await home.call('control.get', {})).toMatchObject(set);
  await home.kill();
  await home.start();
  expect(await home.call('control.get', {})).toMatchObject(set);
  await home.cli(['limits', '--reset', ...keys.map((key, at) => rows[at]!.reset ?? key)]);
  expect(await home.call('control.get', {})).toMatchObject({ controls: DEFAULT_CONTROLS, changed: [] });
  for (const limits of [all(({ configured }) => configured), {}]) {
    await configure({ limits });
    const wanted = { ...DEFAULT_CONTROLS, ...limits };
    await until('config.json to hold', async () => isDeepStrictEqual((await control()).controls, wanted));
    expect((await control()).changed).toEqual([]);
  }
});

it('pauses of all, of a site and of an item, and for how long, are kept through kill -9, and end one by one', async () => {
  const [timed, other] = [idOf(1), idOf(2)];
  await home.cli(['pause', '--for', '2h']);
  await home.cli(['pause', '--site', SITE, '--for', '1h']);
  const { stdout } = await home.cli(['pause', '--id', timed, '--for', '90m']);
  expect(stdout).toContain(`"letsshare resume --id ${timed}" goes on`);
  await home.cli(['pause', '--id', other]);
  const paused = async () => {
    const { paused, pausedSites, pausedItems } = await control();
    return { paused, pausedSites, pausedItems };
  };
  const before = await paused();
  expect(before).toEqual({
    paused: { reason: 'paused-by-user', until: expect.any(Number) },
    pausedSites: { [SITE]: expect.any(Number) },
    pausedItems: { [timed]: expect.any(Number), [other]: 0 },
  });
  expect(before.pausedItems[timed]).toBeGreaterThan(before.pausedSites[SITE]!);
  expect(before.paused?.until).toBeGreaterThan(before.pausedItems[timed]!);
  await home.kill();
  await home.start();
  expect(await paused()).toEqual(before);
  await home.cli(['resume', '--id', timed]);
  expect(await paused()).toEqual({ ...before, pausedItems: { [other]: 0 } });
  await home.cli(['resume', '--site', SITE]);
  expect(await paused()).toEqual({ ...before, pausedSites: {}, pausedItems: { [other]: 0 } });
  await home.cli(['resume']);
  expect(await paused()).toEqual({ paused: null, pausedSites: {}, pausedItems: {} });
});

it('downloads come in the order that a command gives them, which is kept through kill -9', async () => {
  const [a, b, c] = [idOf(11), idOf(12), idOf(13)];
  const site = await openSiteDouble({ trackers: ['udp://127.0.0.1:9'] });
  onTestFinished(() => site.close());
  await home.call('site.grant', { origin: site.origin, lan: true });
  await home.cli(['limits', '--active', '1']);
  for (const [n, id] of [a, b, c].entries()) {
    site.described.set(id, { sha1: id, info_hash: hashOf(n), extension: 'mkv', size: 1000 });
    expect(await home.cli(['request', id])).toMatchObject({ code: 0 });
  }
  const queue = async () => (await home.call('control.get', {})).queue;
  const isQueued = async (id: Id) => {
    const item = await home.call('item.status', { id });
    return item.state !== 'unknown' && item.reason === 'queued';
  };
  expect(await queue()).toEqual([a, b, c]);
  await until('one to run', async () => !(await isQueued(a)) && (await isQueued(b)) && isQueued(c));
  expect(await home.cli(['downloads', '--move', a, '--to', 'bottom'])).toMatchObject({ code: 0 });
  await until('another to run', async () => !(await isQueued(b)) && (await isQueued(c)) && isQueued(a));
  expect(await queue()).toEqual([b, c, a]);
  await home.cli(['downloads', '--move', c, '--to', 'up']);
  await home.kill();
  await home.start();
  await until('the third to run', async () => !(await isQueued(c)) && (await isQueued(a)) && isQueued(b));
  expect(await queue()).toEqual([c, b, a]);
  const unknown = await home.cli(['downloads', '--move', idOf(99), '--to', 'top']);
  expect([unknown.code, unknown.stderr]).toEqual([1, expect.stringContaining('is not being downloaded')]);
  await home.cli(['site', 'remove', site.origin]);
  await home.cli(['limits', '--reset']);
});

it('what downloads leave free on the disk is told in bytes', async () => {
  const kept = async () => (await home.call('daemon.status', {})).keptFree;
  await home.cli(['limits', '--keep-free', '5g']);
  expect(await kept()).toBe(5e9);
  await home.cli(['limits', '--reset', 'keep-free']);
  const auto = await kept();
  expect(auto).toBeGreaterThan(0);
  expect(auto).toBeLessThanOrEqual(2 ** 30);
});

it('a changed config.json is taken up by itself, a wrong one is refused with the field, and what held holds on', async () => {
  await configure({ limits: { up: 4000 }, graceSeconds: 77 });
  await until('the new rate', async () => (await control()).now.up === 4000);
  expect(JSON.parse((await home.cli(['reload', '--json'])).stdout)).toEqual({ changed: [], restart: ['graceSeconds'] });
  await configure({ limits: { up: 'fast' } });
  const { code, stderr } = await home.cli(['reload']);
  expect(code).toBe(1);
  expect(stderr).toContain('"limits.up"');
  expect((await control()).now.up).toBe(4000);
  await configure({ limits: {} });
});

it('config.json blocks addresses at once, beside the lists that were imported, and no command changes them', async () => {
  await home.cli(['blocklist', 'add', '10.0.0.0/8']);
  await configure({ blocklist: ['192.0.2.0/24', '2001:db8::/32'] });
  const isBlocked = async (address: string) => (await home.call('blocklist.check', { address })).blocked;
  await until('the list', () => isBlocked('192.0.2.77'));
  expect(await isBlocked('2001:db8::1')).toBe(true);
  const removed = await home.cli(['blocklist', 'remove', 'config.json']);
  expect([removed.code, removed.stderr]).toEqual([1, expect.stringContaining('Change it there')]);
  await configure({ blocklist: ['192.0.2.0/33'] });
  expect((await home.cli(['reload'])).stderr).toMatch(/"blocklist\.0".*is no range of addresses/);
  expect(await isBlocked('192.0.2.77')).toBe(true);
  await home.kill();
  await configure({ blocklist: [] });
  await home.start();
  expect(await isBlocked('192.0.2.77')).toBe(false);
  expect(await home.call('blocklist.list', {})).toEqual([{ name: 'own', ranges: 1 }]);
});

it('config.json blocks ids and info hashes at once, beside those of commands, and no command takes them out', async () => {
  const [own, id, infoHash] = [idOf(21), idOf(22), hashOf(23)];
  await home.cli(['block', own]);
  await configure({ block: [id.toUpperCase(), infoHash, own] });
  const blocked = () => home.call('item.blocked', {});
  await until('the list', async () => isDeepStrictEqual(await blocked(), [own, id, infoHash]));
  const removed = await home.cli(['block', '--remove', id]);
  expect([removed.code, removed.stderr]).toEqual([1, expect.stringContaining('stands in "block" of config.json')]);
  await home.kill();
  await home.start();
  expect(await blocked()).toEqual([own, id, infoHash]);
  await configure({ block: ['zz'] });
  expect((await home.cli(['reload'])).stderr).toMatch(/"block\.0".*is neither an id nor an info hash/);
  expect(await blocked()).toEqual([own, id, infoHash]);
  await configure({ block: [] });
  await until('those to be free', async () => isDeepStrictEqual(await blocked(), [own]));
  await home.cli(['block', '--remove', own]);
  expect(await blocked()).toEqual([]);
});

it('a site that is not granted is named, and what was set for one goes with its grant', async () => {
  const typo = await home.cli(['pause', '--site', 'https://typo.example', '--for', '1h']);
  expect([typo.code, typo.stderr]).toEqual([0, expect.stringContaining('https://typo.example has no grant')]);
  expect(typo.stdout).toMatch(/Paused, until .* "letsshare resume --site https:\/\/typo\.example" goes on/);
  const { origin } = await home.call('site.grant', { origin: 'http://127.0.0.1:9', lan: true });
  const quota = await home.cli(['quota', origin, '--monthly', '20g', '--kept', '1g']);
  expect([quota.stderr, quota.stdout]).toEqual([
    '',
    expect.stringMatching(/0 B of 20\.0 GB this month {3}keeps up to 1\.0 GB/),
  ]);
  await home.cli(['pause', '--site', origin]);
  await home.cli(['site', 'remove', origin]);
  expect(await control()).toMatchObject({
    controls: { sites: {} },
    pausedSites: { 'https://typo.example': expect.any(Number) },
  });
  await home.cli(['resume']);
});

it('a schedule, pauses and quotas are set by commands and seen in status', async () => {
  await home.cli(['schedule', 'add', '--hours', '00:00-00:00', '--up', '7k']);
  // Hours that it is not, whenever this runs.
  const [from, to] = [2, 10].map(ahead => `${(new Date().getHours() + ahead) % 24}:00`) as [string, string];
  await home.cli(['schedule', 'add', '--days', 'mon-fri', '--hours', `${from}-${to}`, '--pause']);
  const { controls, now } = await control();
  expect(controls.schedule).toEqual([
    { days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '00:00', to: '00:00', up: 7000 },
    { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: from.padStart(5, '0'), to: to.padStart(5, '0'), pause: true },
  ]);
  expect(now.up).toBe(7000);
  await home.cli(['schedule', 'add', '--hours', '00:00-00:00', '--pause']);
  expect((await home.cli(['resume'])).stdout).toContain('another one holds on (paused: by the schedule');
  await home.cli(['schedule', 'remove', '3']);
  await home.cli(['schedule', 'remove', '2']);
  expect((await home.cli(['status'])).stdout).toContain(
    'schedule: Mon, Tue, Wed, Thu, Fri, Sat, Sun 00:00–23:59 up 7.0 kB/s',
  );
  await home.cli(['schedule', 'clear']);
  await home.cli(['quota', SITE, '--monthly', '20g']);
  await home.cli(['pause', '--for', '1h']);
  await home.cli(['pause', '--site', `${SITE}/`]);
  const status = await home.call('daemon.status', {});
  expect(status).toMatchObject({ state: 'paused', reason: 'paused-by-user' });
  expect(status.pausedUntil).toBeGreaterThan(Date.now());
  expect(status.control).toMatchObject({
    pausedSites: { [SITE]: 0 },
    sites: { [SITE]: { month: { down: 0 }, spent: false } },
  });
  await home.cli(['resume']);
  expect(await control()).toMatchObject({ paused: null, pausedSites: {} });
});

it.each([
  [['schedule', 'add', '--days', 'someday', '--hours', '08:00-18:00', '--pause'], /not a list of days/],
  [['schedule', 'add', '--hours', '8-18', '--pause'], /not a span of hours/],
  [['schedule', 'add', '--hours', '08:00-25:00', '--pause'], /"schedule.0.to" is no time of a day/],
  [['limits', '--upload-slots', '0'], /not a number of things: write a whole one from 1 up/],
  [['limits', '--site', SITE, '--reset', 'down'], /takes no names/],
  [['pause', '--for', 'long'], /not a time/],
  [['quota', 'archive.example'], /not an origin/],
])('%j says what is wrong', async (args, sentence) => {
  const { code, stderr } = await home.cli(args);
  expect(code).toBe(1);
  expect(stderr).toMatch(sentence);
});

it('a config.json with a wrong limit keeps the daemon from starting, and says where', async () => {
  await home.kill('SIGTERM');
  await configure({ limits: { sites: { 'archive.example': { down: 1 } } } });
  const { code, stderr } = await letsshare(['daemon', '--home', home.dir]);
  expect(code).toBe(1);
  expect(stderr).toMatch(/limits\.sites.*no origin of a web site/);
});
