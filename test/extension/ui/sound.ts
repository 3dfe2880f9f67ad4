/** What holds of each page in each of its states: it stands, says no error, fits, and can be used by everyone, in both themes. */

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import type { Page } from 'puppeteer-core';
import { expect, it } from 'vitest';
import type { State } from './answers.ts';
import { wear } from './browser.ts';
import { useStage } from './stage.ts';

/** Half of the grant window's width: what is left of it at 200 % zoom. */
const NARROW = 260;

/** Loaded by its address: the browser then compiles it once for all pages. */
const AXE = { url: '/axe.min.js', path: createRequire(import.meta.url).resolve('axe-core/axe.min.js') };

/** What depends on colours alone; nothing else differs between the themes. */
const OF_COLOURS = ['color-contrast', 'link-in-text-block'];

/** A test for each of them. */
export function testSound(states: readonly State[]): void {
  const stage = useStage(states, new Map([[AXE.url.slice(1), readFileSync(AXE.path)]]));

  it.each(states)('the $page is sound and accessible when $name', async state => {
    const { page, problems } = await stage.show(state);
    // It looks into frames that have it, too.
    for (const frame of page.frames()) await frame.addScriptTag({ url: AXE.url });
    await wear(page, 'light');
    expect(await violationsOf(page), 'light').toEqual([]);
    await wear(page, 'dark');
    expect(await violationsOf(page, OF_COLOURS), 'dark').toEqual([]);
    expect(await overflowOf(page)).toBeLessThanOrEqual(0);
    if (state.page !== 'popup') await page.setViewport({ width: NARROW, height: 380 });
    expect(await overflowOf(page), 'at 200 % zoom').toBeLessThanOrEqual(0);
    expect(problems).toEqual([]);
  });
}

/** By these rules only; without, by all. */
function violationsOf(page: Page, rules: string[] | null = null): Promise<string[]> {
  return page.evaluate(async runOnly => {
    const { axe } = window as unknown as { axe: typeof import('axe-core') };
    const { violations } = await axe.run(runOnly ? { runOnly } : {});
    return violations.map(({ id, nodes }) => `${id}: ${nodes.map(node => node.html).join(' | ')}`);
  }, rules);
}

/** CSS pixels that stick out to the side. */
function overflowOf(page: Page): Promise<number> {
  return page.evaluate(() => document.documentElement.scrollWidth - document.documentElement.clientWidth);
}
