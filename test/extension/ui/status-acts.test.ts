/** What a click or a key on the full status page does, and how it follows what changes. */

import type { Page } from 'puppeteer-core';
import { expect, it } from 'vitest';
import type { State } from './answers.ts';
import { button, callOf, callsOf } from './browser.ts';
import { useStage } from './stage.ts';
import { STATES } from './states.ts';
import { STATUS_STATES } from './states-status.ts';

const stage = useStage([...STATUS_STATES, ...STATES]);
let page: Page;

async function open(name: string, which: State['page'] = 'status'): Promise<void> {
  page = await stage.open(which, name);
}
const click = (name: string) => page.locator(button(name)).click();
const lastQuery = () => callsOf(page, 'file.list').then(calls => calls.at(-1));

it('the popup and the settings lead to it', async () => {
  await open('idle', 'popup');
  await click('Full status');
  expect(await callOf(page, 'tabs.create')).toEqual({ url: '/status/index.html' });
});

it('a column is sorted by its button, and the other way round by a second press', async () => {
  await open('files-hundred-thousand');
  await click('Size');
  await expect.poll(lastQuery).toMatchObject({ sort: 'size', descending: false, offset: 0 });
  await page.locator('[role=columnheader][aria-sort=ascending] button').click();
  await expect.poll(lastQuery).toMatchObject({ sort: 'size', descending: true, offset: 0 });
  expect(await page.$$eval('[aria-sort=descending]', found => found.length)).toBe(1);
});

it('asks for the rows in sight alone, and draws no others', async () => {
  await open('files-hundred-thousand');
  await page.waitForSelector('[aria-rowindex="3"] .file-name');
  await page.focus('[role=grid]');
  await page.keyboard.press('End');
  await page.waitForSelector('[aria-rowindex="100001"]');
  await expect.poll(lastQuery).toMatchObject({ offset: 99_900 });
  expect((await callsOf(page, 'file.list')).length).toBeLessThan(6);
  expect((await page.$$('[role=row]')).length).toBeLessThan(60);
  const active = await page.$eval('[role=grid]', grid => grid.getAttribute('aria-activedescendant'));
  expect(await page.$eval(`[id="${active}"]`, row => row.getAttribute('aria-rowindex'))).toBe('100001');
});

it('a row is opened by Enter, told in the address, and closed by Escape', async () => {
  await open('files-hundred-thousand');
  await page.waitForSelector('[aria-rowindex="3"] .file-name');
  await page.focus('[role=grid]');
  await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await page.waitForSelector('.panel');
  expect(new URL(page.url()).hash).toMatch(/^#files\/a+000001$/);
  await page.keyboard.press('Escape');
  await page.waitForFunction(() => document.activeElement?.getAttribute('role') === 'grid');
});

it('a download is paused, and cancelled only after one question', async () => {
  await open('item-arriving');
  await click('Pause it');
  expect(await callOf(page, 'daemon.pause')).toEqual({ id: 'a'.repeat(40) });
  await page.waitForSelector('.acts:enabled');
  await click('Cancel the download');
  expect(await callsOf(page, 'request.remove')).toEqual([]);
  await page.locator('.confirm .danger').click();
  expect(await callOf(page, 'request.remove')).toMatchObject({ ids: ['a'.repeat(40)] });
});

it('a window of the schedule is added and removed', async () => {
  await open('network-plain');
  await page.locator('.add-window button[type=submit]').click();
  expect(await callOf(page, 'control.set')).toEqual({
    schedule: [{ days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '18:00', pause: true }],
  });
});

it('asks again when it is told that something changed, and only then', async () => {
  await open('transfers-thousand');
  await page.waitForSelector('.grid-body [role=row]');
  const before = (await callsOf(page, 'item.list')).length;
  await page.evaluate(() => window.backstage.change());
  await expect.poll(async () => (await callsOf(page, 'item.list')).length).toBeGreaterThan(before);
});

it('notifications are switched off one by one', async () => {
  await open('settings', 'options');
  await page.locator('fieldset:has(legend) input[type=checkbox]').click();
  expect(await callOf(page, 'setNotices')).toEqual({ done: false, folder: true, disk: false });
});
