/** The full status page over a real daemon that knows 100,000 files, has 1,000 requests, and gives 1,000 files to others. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildExtension, type TestBrowser } from '../support/browsers.ts';
import { openSiteDouble } from '../support/site-double.ts';
import { someBytes } from '../support/swarm.ts';
import { fillHome, idAt, LOST_FOLDER, pathAt } from '../world/full-home.ts';
import { type HomeProcess, startHome } from '../world/home.ts';
import { browserOf } from '../world/visitor.ts';

const FILES = 100_000;
const REQUESTS = 1_000;
const AWAKE = 1_000;
const PATIENCE = { timeout: 20_000 };

declare global {
  interface Window {
    /** calls of the page to the daemon, and news that it got */
    asked: number;
    heard: number;
  }
}

const cleanup = new AsyncDisposableStack();
let home: HomeProcess;
let browser: TestBrowser;
beforeAll(async () => {
  buildExtension();
  home = cleanup.use(await startHome());
  await home.kill();
  fillHome(home.dir, { files: FILES, requests: REQUESTS });
  await home.start();
  browser = cleanup.use(await browserOf('chromium', home.dir));
});
afterAll(() => cleanup.disposeAsync());

const firstRow = (page: Page) => page.$eval('[aria-rowindex="2"]', row => row.textContent ?? '').catch(() => '');
const rowCount = (page: Page) => page.$eval('[role=grid]', grid => Number(grid.getAttribute('aria-rowcount')) - 1);

it('its files are searched, sorted, scrolled through to the end and opened, by keys', async () => {
  const page = browser.firstRun;
  await page.evaluate(() => {
    location.href = '../status/index.html#files';
  });
  await expect.poll(() => rowCount(page).catch(() => 0), PATIENCE).toBe(FILES);
  const first = [...Array(FILES).keys()].map(pathAt).sort()[0]!;
  await expect.poll(() => firstRow(page), PATIENCE).toContain(first.split('/').at(-1));
  expect((await page.$$('[role=row]')).length).toBeLessThan(60);

  await page.focus('[role=grid]');
  await page.keyboard.press('End');
  await expect
    .poll(() => page.$eval(`[aria-rowindex="${FILES + 1}"]`, row => row.textContent).catch(() => ''), PATIENCE)
    .toContain('Film ');

  await page.type('input[type=search]', 'film 77777 rather');
  await expect.poll(() => rowCount(page), PATIENCE).toBe(1);
  await expect.poll(() => firstRow(page), PATIENCE).toContain('Film 77777 with');
  await page.focus('[role=grid]');
  await page.keyboard.press('Enter');
  await expect
    .poll(() => page.$eval('.panel', panel => panel.textContent).catch(() => ''), PATIENCE)
    .toContain(idAt(77_777));
  await page.keyboard.press('Escape');
  await expect.poll(() => page.$('.panel'), PATIENCE).toBeNull();
  expect(await page.evaluate(() => document.activeElement?.getAttribute('role'))).toBe('grid');
}, 60_000);

it('the daemon tells all of it by the page', async () => {
  const largest = await home.call('file.list', { sort: 'size', descending: true, offset: 0, limit: 3 });
  expect(largest.total).toBe(FILES);
  expect(largest.rows[0]!.size).toBeGreaterThan(largest.rows[2]!.size);
  const items = await home.call('item.list', { sort: 'name', descending: false, offset: REQUESTS - 1, limit: 10 });
  expect(items).toMatchObject({ total: REQUESTS, counts: { waiting: REQUESTS } });
  expect(items.rows).toHaveLength(1);
  const detail = await home.call('item.detail', { id: idAt(5) });
  expect(detail).toMatchObject({ paths: [pathAt(5)], sites: [], item: { state: 'available' } });
  await expect(home.call('item.reveal', { id: idAt(5) })).rejects.toThrow(
    `${LOST_FOLDER}/1925/Collection 5 is not there`,
  );
  await expect(home.call('item.reveal', { id: idAt(FILES) })).rejects.toThrow('in no folder');
  expect((await home.call('daemon.history', { span: 'day' })).down.every(rate => rate === 0)).toBe(true);
});

/** Files that a site asks this home for, every one. */
async function wakeMany(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'lsd-awake-'));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  const films = Array.from({ length: AWAKE }, () => someBytes(100));
  for (const [n, { bytes }] of films.entries()) await writeFile(join(folder, `Awake ${n}.mkv`), bytes);
  const site = await openSiteDouble({ trackers: ['udp://127.0.0.1:9'] });
  cleanup.defer(() => site.close());
  await home.call('site.grant', { origin: site.origin, lan: true });
  const { path } = await home.call('folder.add', { path: folder, sites: [site.origin] });
  await home.call('folder.wait', { path });
  await home.call('site.sync', { origin: site.origin });
  site.wanted = { ids: films.map(({ id }) => id) };
  await home.call('site.seed', { origin: site.origin });
}

/** Runs in the page before its own scripts. */
function countCalls(): void {
  Object.assign(window, { asked: 0, heard: 0 });
  const connect = chrome.runtime.connect.bind(chrome.runtime) as (info: object) => chrome.runtime.Port;
  const counted = (info: object) => {
    const port = connect(info);
    const post = port.postMessage.bind(port);
    port.onMessage.addListener((message: object) => {
      if (!('id' in message)) window.heard += 1;
    });
    port.postMessage = message => {
      window.asked += 1;
      post(message);
    };
    return port;
  };
  Object.assign(chrome.runtime, { connect: counted });
}

it('a thousand files that are given to others are rows at once, and nobody asks for them again without news', async () => {
  await wakeMany();
  const page = await browser.browser.newPage();
  await page.evaluateOnNewDocument(countCalls);
  const base = await browser.firstRun.evaluate(() => location.origin);
  await page.goto(`${base}/status/index.html#transfers`);
  await expect.poll(() => rowCount(page).catch(() => 0), PATIENCE).toBe(REQUESTS + AWAKE);
  await page.select('select', 'seeding');
  await expect.poll(() => rowCount(page), PATIENCE).toBe(AWAKE);
  await expect.poll(() => firstRow(page), PATIENCE).toContain('Awake ');
  expect((await page.$$('[role=row]')).length).toBeLessThan(60);
  await page.focus('[role=grid]');
  await page.keyboard.press('End');
  await expect
    .poll(() => page.$eval(`[aria-rowindex="${AWAKE + 1}"]`, row => row.textContent).catch(() => ''), PATIENCE)
    .toContain('Awake ');
  const [asked, heard] = await page.evaluate(async () => {
    const [before, news] = [window.asked, window.heard];
    // Longer than any page that asks by a clock would let it be.
    await new Promise(resolve => setTimeout(resolve, 3_000));
    return [window.asked - before, window.heard - news];
  });
  if (heard === 0) expect(asked).toBe(0);
  const status = await home.call('daemon.status', {});
  expect(status.seeding.every(({ name }) => name?.startsWith('Awake '))).toBe(true);
  expect(await page.evaluate(() => window.asked)).toBeLessThan(100);
  await page.close();
});
