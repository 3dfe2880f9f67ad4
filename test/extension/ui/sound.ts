/** What holds of each page in each of its states: it stands, says no error, fits, and can be used by everyone, in both themes. */

import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import type { Page } from 'puppeteer-core';
import { beforeAll, expect, it } from 'vitest';
import type { State } from './answers.ts';
import { wear } from './browser.ts';
import { useStage } from './stage.ts';

/** Half of the grant window's width: what is left of it at 200 % zoom. */
const NARROW = 260;

/** A test for each of them. */
export function testSound(states: readonly State[]): void {
  const stage = useStage(states);
  let axe: string;
  beforeAll(async () => {
    axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
  });

  it.each(states)('the $page is sound and accessible when $name', async state => {
    const { page, problems } = await stage.show(state);
    // It looks into frames that have it, too.
    for (const frame of page.frames()) await frame.evaluate(axe);
    for (const theme of ['light', 'dark'] as const) {
      await wear(page, theme);
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
