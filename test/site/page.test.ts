/** The archive's page in a browser, as a visitor without the extension sees it. */

import { readdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { type Browser, launch, type Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createArchive } from '../../site/archive.ts';
import { CHROMIUM_FLAGS, EXECUTABLES } from '../support/browsers.ts';
import { film, sha1, signedIn } from './caller.ts';

const ROOM = new URL('../../site/', import.meta.url);

let archive: Awaited<ReturnType<typeof createArchive>>;
let browser: Browser;
let page: Page;
const problems: string[] = [];

beforeAll(async () => {
  const films = [
    { sha1: sha1(1), title: 'A film that Ann has' },
    { sha1: sha1(2), title: 'A film <b>that</b> nobody has' },
  ];
  archive = await createArchive({ films, accounts: [{ username: 'ann', password: 'correct horse' }] });
  const ann = await signedIn(archive.url, 'ann');
  await ann('sync', { add: [sha1(1)] });
  await ann('sync', { update: [{ ...film(1), size: 700_000_000 }] });
  browser = await launch({
    executablePath: EXECUTABLES.chromium,
    headless: true,
    pipe: true,
    args: CHROMIUM_FLAGS,
  });
  page = await browser.newPage();
  page.on('pageerror', error => problems.push(String(error)));
  page.on('console', message => message.type() === 'error' && problems.push(message.text()));
});
afterAll(async () => {
  await browser?.close();
  await archive?.close();
});

const text = (selector: string) => page.$eval(selector, element => element.textContent ?? '');
const shown = (selector: string) => page.waitForSelector(selector, { visible: true });

describe('a visitor without the extension', () => {
  it('reads the list, where each film is, and what LSD is', async () => {
    await page.goto(archive.url);
    await shown('#without');
    expect(await text('#without')).toContain('Lets Share Data');
    expect(await text(`[data-id="${sha1(1)}"]`)).toContain('A film that Ann hasMP4, 700.0 MBat others');
    expect(await text(`[data-id="${sha1(2)}"]`)).toContain('A film <b>that</b> nobody hasnowhere');
    expect(await page.$$eval('li button', buttons => buttons.filter(button => button.checkVisibility()))).toEqual([]);
  });

  it('has no fault that axe can find, light or dark, at 200 % zoom too', async () => {
    await page.evaluate(await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8'));
    for (const value of ['light', 'dark']) {
      await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value }]);
      const found = await page.evaluate(
        'axe.run().then(({ violations }) => violations.map(({ id, nodes }) => [id, nodes]))',
      );
      expect(found).toEqual([]);
    }
    const [viewport, zoomed] = [page.viewport(), { width: 320, height: 600, deviceScaleFactor: 2 }];
    await page.setViewport(zoomed);
    expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(zoomed.width);
    await page.setViewport(viewport);
  });

  it('signs in with the keyboard, sees its own films here, and signs out', async () => {
    await page.focus('[name=username]');
    await page.keyboard.type('ann');
    await page.keyboard.press('Tab');
    await page.keyboard.type('wrong horse');
    await page.keyboard.press('Enter');
    await expect.poll(() => text('#message')).toBe('Unknown name or wrong password');
    await page.keyboard.press('End');
    for (const _ of 'wrong horse') await page.keyboard.press('Backspace');
    await page.keyboard.type('correct horse');
    await page.keyboard.press('Enter');
    await shown(`[data-id="${sha1(1)}"][data-state=here]`);
    expect(await text('#me b')).toBe('ann');
    await page.click('#me button');
    await shown(`[data-id="${sha1(1)}"][data-state="at others"]`);
  });

  it('makes an account and finds a film', async () => {
    await page.$eval('#account', form => (form as HTMLFormElement).reset());
    await page.type('[name=username]', 'cy');
    await page.type('[name=password]', 'correct horse');
    await page.click('[value=signup]');
    await shown('#me b');
    await page.type('#find', 'NOBODY');
    await expect.poll(() => page.$$eval('li', rows => rows.length)).toBe(1);
  });

  it('causes no error in the page', () => {
    expect(problems).toEqual([]);
  });
});

describe('the example', () => {
  const LIMIT = { lines: 500, columns: 120, lsd: 15 };

  it('is short: all of it, and what a page needs for LSD', async () => {
    const names = (await readdir(ROOM, { recursive: true })).filter(name => /\.(ts|js|css|html)$/.test(name));
    const files = await Promise.all(names.map(async name => (await readFile(new URL(name, ROOM), 'utf8')).split('\n')));
    expect(files.reduce((sum, lines) => sum + lines.length - 1, 0)).toBeLessThanOrEqual(LIMIT.lines);
    expect(files.flat().filter(line => line.length > LIMIT.columns)).toEqual([]);
    const script = await readFile(new URL('page/page.js', ROOM), 'utf8');
    const marked = /What a page needs to use LSD: the next 15 lines\.\n(.*?)\n\n/s.exec(script)?.[1] ?? '';
    expect(marked).toContain('lsd.config');
    expect(marked.split('\n').length).toBeLessThanOrEqual(LIMIT.lsd);
  });

  it('imports nothing of the project', async () => {
    const names = (await readdir(ROOM)).filter(name => name.endsWith('.ts'));
    for (const name of names) {
      const source = await readFile(new URL(name, ROOM), 'utf8');
      const imports = [...source.matchAll(/from '([^']+)'/g)].map(([, from]) => from);
      expect(imports.filter(from => !/^(node:[\w/]+|\.\/[\w-]+\.ts|bittorrent-tracker)$/.test(from ?? ''))).toEqual([]);
    }
  });
});
