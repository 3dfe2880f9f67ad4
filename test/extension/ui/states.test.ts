/** Each page in each of its states, in both themes: it stands, says no error, fits, and can be used by everyone. */

import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { launchChromium, openState, type Stage, type Theme } from './browser.ts';
import { servePages } from './pages.ts';
import { STATES } from './states.ts';

const THEMES: readonly Theme[] = ['light', 'dark'];

/** Where pictures of every state go, for people to look at; none are taken without it. */
const SHOTS = process.env.UI_SHOTS;

const cleanup = new AsyncDisposableStack();
let stage: Stage;
let axe: string;

beforeAll(async () => {
  axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  const chromium = cleanup.use(await launchChromium());
  stage = { browser: chromium.browser, pages: cleanup.use(await servePages()) };
  if (SHOTS) await mkdir(SHOTS, { recursive: true });
});
afterAll(() => cleanup.disposeAsync());

/** The whole page in one window, so that what sticks to the window's edge lies where it belongs. */
async function shoot(page: Page, path: string): Promise<void> {
  const { width, height } = await page.evaluate(() => ({
    width: window.innerWidth,
    height: document.body.scrollHeight,
  }));
  await page.setViewport({ width, height });
  await page.waitForSelector('.answers .primary:enabled', { timeout: 1500 }).catch(() => {});
  await page.screenshot({ path });
}

describe.each(THEMES)('in the %s theme', theme => {
  it.each(STATES)('the $page is sound and accessible when $name', async state => {
    const { page, problems } = await openState(stage, state, { theme });
    if (SHOTS) await shoot(page, `${SHOTS}/${state.page}-${state.name}-${theme}.png`);
    expect(problems).toEqual([]);
    expect(await page.evaluate(() => document.documentElement.scrollWidth <= window.innerWidth)).toBe(true);
    await page.evaluate(axe);
    const violations = await page.evaluate(async () => {
      const { violations } = await (window as unknown as { axe: typeof import('axe-core') }).axe.run();
      return violations.map(({ id, nodes }) => `${id}: ${nodes.map(node => node.html).join(' | ')}`);
    });
    expect(violations).toEqual([]);
    await page.close();
  });
});

describe('in half the width, as at 200 % zoom', () => {
  it.each(STATES.filter(state => state.page !== 'popup'))('the $page does not overflow when $name', async state => {
    const { page } = await openState(stage, state, { width: 260 });
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(260);
    await page.close();
  });
});
