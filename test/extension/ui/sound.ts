/** What holds of each page in each of its states: it stands, says no error, fits, and can be used by everyone, in both themes. */

import { mkdir, readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'puppeteer-core';
import { beforeAll, expect, it } from 'vitest';
import type { State } from './answers.ts';
import { wear } from './browser.ts';
import { useStage } from './stage.ts';

/** Where pictures of every state go, for people to look at; none are taken without it. */
const SHOTS = process.env.UI_SHOTS;

/** Half of the grant window's width: what is left of it at 200 % zoom. */
const NARROW = 260;

/** A test for each of them. */
export function testSound(states: readonly State[]): void {
  const stage = useStage(states);
  let axe: string;
  beforeAll(async () => {
    axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
    if (SHOTS) await mkdir(SHOTS, { recursive: true });
  });

  it.each(states)('the $page is sound and accessible when $name', async state => {
    const { page, problems } = await stage.show(state);
    await page.evaluate(axe);
    for (const theme of ['light', 'dark'] as const) {
      await wear(page, theme);
      if (SHOTS) await shoot(page, `${SHOTS}/${state.page}-${state.name}-${theme}.png`);
      expect(await violationsOf(page), theme).toEqual([]);
    }
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);
    if (state.page !== 'popup') await page.setViewport({ width: NARROW, height: 380 });
    expect(await overflowOf(page), 'at 200 % zoom').toBeLessThanOrEqual(0);
    expect(problems).toEqual([]);
  });
}

function violationsOf(page: Page): Promise<string[]> {
  return page.evaluate(async () => {
    const { violations } = await (window as unknown as { axe: typeof import('axe-core') }).axe.run();
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(node => node.html).join(' | ')}`);
  });
}

/** CSS pixels that stick out to the side. */
function overflowOf(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}

/** The whole page in one window, so that what sticks to the window's edge lies where it belongs. */
async function shoot(page: Page, path: string): Promise<void> {
  const { width, height } = await page.evaluate(() => ({
    width: window.innerWidth,
    height: document.body.scrollHeight,
  }));
  await page.setViewport({ width, height });
  await page.waitForSelector('.answers .primary:enabled', { timeout: 700 }).catch(() => {});
  await page.screenshot({ path });
}
