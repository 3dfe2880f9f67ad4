/** What a click or a key does where grants are given and looked at: folders, what is told, the browser's session, questions. */

import type { Page } from 'puppeteer-core';
import { describe, expect, it } from 'vitest';
import type { State } from './answers.ts';
import { button, callOf, callsOf } from './browser.ts';
import { useStage } from './stage.ts';
import { STATES } from './states.ts';

const stage = useStage(STATES);
let page: Page;

async function open(which: State['page'], name: string): Promise<void> {
  page = await stage.open(which, name);
}
const click = (name: string) => page.locator(button(name)).click();
const waitForAllow = () => page.waitForSelector('.answers .primary:enabled');
const focused = () => page.evaluate(() => document.activeElement?.querySelector('bdi')?.textContent);

describe('the tree of folders', () => {
  it('is gone through with the keyboard, and fills in the path', async () => {
    await open('prompt', 'looking');
    await (await page.waitForSelector('[role=treeitem][tabindex="0"]'))?.focus();
    expect(await focused()).toBe('Desktop');
    await page.keyboard.press('ArrowDown');
    expect(await focused()).toBe('Music');
    await page.keyboard.press('v');
    expect(await focused()).toBe('Videos');
    await page.keyboard.press('ArrowUp');
    await page.evaluate(() => {
      const inside = { folders: 0, files: 9, more: false };
      const folders = [{ name: 'old', path: '/home/me/Music/old', inside, known: 'no' }];
      const { answers } = window.backstage;
      answers['folder.browse'] = { ...(answers['folder.browse'] as object), path: '/x', folders, total: 1, next: null };
    });
    await page.keyboard.press('ArrowRight');
    // Not the note that stands there until the folders come.
    await page.waitForSelector('[role=treeitem][aria-level="2"]:not([aria-disabled])');
    await page.keyboard.press('ArrowRight');
    expect(await focused()).toBe('old');
    await page.keyboard.press('Enter');
    expect(await page.$eval('#folder-path', input => (input as HTMLInputElement).value)).toBe('/home/me/Music/old');
    await page.keyboard.press('ArrowLeft');
    expect(await focused()).toBe('Music');
    await page.keyboard.press('ArrowLeft');
    await page.waitForFunction(() => !document.querySelector('[role=treeitem][aria-level="2"]'));
    const asked = await callsOf(page, 'folder.browse');
    expect(asked).toEqual([{ hidden: false }, { path: '/home/me/Music', hidden: false }]);
    await page.keyboard.press('End');
    await page.keyboard.press('Enter');
    const next = 'a-folder-of-very-many-things-with-a-name-that-does-not-end-soon';
    await page.waitForFunction(
      () => window.backstage.calls.filter(({ method }) => method === 'folder.browse').length > 2,
    );
    expect(await callOf(page, 'folder.browse')).toEqual({ path: '/home/me', hidden: false, after: next });
  });

  it('opens with the mouse what is clicked at its mark, chooses what is clicked elsewhere, and adds it', async () => {
    await open('options', 'looking');
    await page.evaluate(() => {
      const { answers } = window.backstage;
      const folders = [
        { name: 'Music', path: '/home/me/Music', inside: { folders: 1, files: 1, more: false }, known: 'no' },
      ];
      answers['folder.browse'] = { ...(answers['folder.browse'] as object), folders, total: 1 };
      answers['folder.add'] = {};
    });
    await page.locator('.folder-tree input[type=checkbox]').click();
    await page.waitForSelector('.twist');
    expect(await callOf(page, 'folder.browse')).toEqual({ path: '/home/me', hidden: true });
    await page.locator('.twist').click();
    expect(await page.$eval('#folder-path', input => (input as HTMLInputElement).value)).toBe('');
    await page.locator('[role=treeitem] bdi').click();
    await click('Add');
    expect(await callOf(page, 'folder.add')).toEqual({ path: '/home/me/Music' });
    await page.waitForFunction(() => !document.querySelector('[role=tree]'));
  });
});

describe('the grant window', () => {
  it('is not answered before it has shown what the site would be told of the chosen folders', async () => {
    await open('prompt', 'told');
    await waitForAllow();
    expect(await callsOf(page, 'folder.outline')).toEqual([{ folders: [] }, { folders: [1] }]);
    await page.evaluate(() => {
      window.backstage.held = new Promise(resolve => addEventListener('answered', () => resolve(), { once: true }));
    });
    await page.locator('.tick:has(.path):not(:has(:checked)) input').click();
    await page.waitForSelector('.answers .primary:disabled');
    await page.evaluate(() => dispatchEvent(new Event('answered')));
    await waitForAllow();
    expect(await callOf(page, 'folder.outline')).toEqual({ folders: [1, 2] });
  });

  it('does not go on where that cannot be counted', async () => {
    await open('prompt', 'not-counted');
    await page.waitForSelector('[role=alert]');
    expect(await page.$('.answers .primary:enabled')).toBeNull();
  });

  it('hands over the session of the browser, by name and only with its tick', async () => {
    await open('prompt', 'signed-in');
    const hint = await page.$eval('#cookies', ({ textContent }) => textContent);
    expect(hint).toContain('sessionid');
    expect(hint).toContain('PHPSESSID');
    expect(hint).not.toContain('_visits');
    await waitForAllow();
    await click('Allow');
    expect(await callOf(page, 'site.grant')).not.toHaveProperty('cookies');
    await page.close();
    await open('prompt', 'signed-in');
    await page.locator('#cookies input').click();
    await waitForAllow();
    await click('Allow');
    expect(await callOf(page, 'site.grant')).toMatchObject({
      cookies: [
        { name: 'sessionid', value: 'x' },
        { name: 'PHPSESSID', value: 'y' },
      ],
    });
  });

  it('takes the session back with the tick', async () => {
    await open('prompt', 'signed-in-again');
    await page.locator('#cookies input').click();
    await waitForAllow();
    await click('Allow');
    expect(await callOf(page, 'site.grant')).toMatchObject({ cookies: null });
  });
});

describe('the popup', () => {
  it('answers the questions of the program', async () => {
    await open('popup', 'asks');
    await click('Use my own copy');
    const answer = { kind: 'own-copy', origin: 'https://pad.example', ids: ['a'.repeat(40), 'b'.repeat(40)] };
    expect(await callOf(page, 'question.answer')).toEqual({ ...answer, yes: true });
    await click('Download it');
    await page.waitForFunction(
      () => window.backstage.calls.filter(each => each.method === 'question.answer').length > 1,
    );
    expect(await callOf(page, 'question.answer')).toEqual({ ...answer, yes: false });
    await click('Take 12 files off the list');
    await page.waitForFunction(
      () => window.backstage.calls.filter(each => each.method === 'question.answer').length > 2,
    );
    expect(await callOf(page, 'question.answer')).toEqual({
      kind: 'not-here',
      origin: 'https://pad.example',
      yes: true,
    });
  });

  it.each([
    ['daemon-down', 'Start it', ['reconnect']],
    ['extension-too-old', 'Look for an update', ['requestUpdateCheck', 'reconnect']],
    ['browser-sandboxed', 'Try again', ['reconnect']],
  ])('has the button that mends %s', async (state, name, calls) => {
    await open('popup', state);
    expect(await page.$eval('.state .code', ({ textContent }) => textContent)).toBe(state);
    await click(name);
    await page.waitForFunction(() => window.backstage.calls.some(({ method }) => method === 'reconnect'));
    const made = await page.evaluate(() => window.backstage.calls.map(({ method }) => method));
    expect(made.filter(method => calls.includes(method))).toEqual(calls);
  });

  it('has the site asked to forget, with one tick more', async () => {
    await open('popup', 'revoking');
    await page.locator('.confirm input').click();
    await page.locator('.confirm .danger').click();
    expect(await callOf(page, 'site.remove')).toEqual({ origin: 'https://pad.example', erase: false, forget: true });
  });
});

it('the settings leaf back in the log of a site', async () => {
  await open('options', 'log');
  await click('Show older entries');
  await page.waitForFunction(() => window.backstage.calls.filter(each => each.method === 'site.log').length > 1);
  expect(await callsOf(page, 'site.log')).toEqual([
    { origin: 'https://pad.example' },
    { origin: 'https://pad.example', before: 17 },
  ]);
});
