/** The full status page over a real daemon that knows 100,000 files and has 1,000 requests. */

import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildExtension } from '../support/browsers.ts';
import { fillHome, idAt, LOST_FOLDER, pathAt } from '../world/full-home.ts';
import { type HomeProcess, startHome } from '../world/home.ts';
import { browserOf } from '../world/visitor.ts';

const FILES = 100_000;
const REQUESTS = 1_000;
const PATIENCE = { timeout: 20_000 };

let home: HomeProcess;
beforeAll(async () => {
  buildExtension();
  home = await startHome();
  await home.kill();
  fillHome(home.dir, { files: FILES, requests: REQUESTS });
  await home.start();
}, 60_000);
afterAll(() => home[Symbol.asyncDispose]());

const firstRow = (page: Page) => page.$eval('[aria-rowindex="2"]', row => row.textContent ?? '').catch(() => '');
const rowCount = (page: Page) => page.$eval('[role=grid]', grid => Number(grid.getAttribute('aria-rowcount')) - 1);

it('its files are searched, sorted, scrolled through to the end and opened, by keys', async () => {
  await using browser = await browserOf('chromium', home.dir);
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
