/** The controls of a real daemon: by command line and config.json, at once, kept, and undone. */

import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
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
  await home.cli(['schedule', 'add', '--days', 'mon-fri', '--hours', '8:00-18:00', '--pause']);
  const { controls, now } = await control();
  expect(controls.schedule).toEqual([
    { days: ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'], from: '00:00', to: '00:00', up: 7000 },
    { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '18:00', pause: true },
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
