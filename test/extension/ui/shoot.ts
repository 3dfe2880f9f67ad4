/** A picture of a page from its top to its end, as a compact file. */

import type { Page } from 'puppeteer-core';

/** of WebP: text is crisp and a page's picture has about 25 kB */
const QUALITY = 60;

/** The whole page in one window, so that what sticks to the window's edge lies where it belongs. */
export async function shoot(page: Page, path: `${string}.webp`): Promise<void> {
  const { width, height } = await page.evaluate(() => ({
    width: window.innerWidth,
    height: document.body.scrollHeight,
  }));
  await page.setViewport({ width, height });
  // The grant window's button is not armed at once, where it will be.
  const answer = await page.$('.answers .primary');
  if (answer) await page.waitForSelector('.answers .primary:enabled', { timeout: 700 }).catch(() => {});
  await page.screenshot({ path, type: 'webp', quality: QUALITY });
}
