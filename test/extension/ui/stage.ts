/** One browser with the built pages for the tests of a file; what a test opened is closed after it. */

import type { Frame, Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll } from 'vitest';
import type { Messages } from '../../support/locales.ts';
import type { State } from './answers.ts';
import { launchChromium, type OpenOptions, openState, openTogether, type Stage } from './browser.ts';
import { servePages } from './pages.ts';
import { besideOf } from './player-pages.ts';

export interface TestStage {
  show(state: State, options?: OpenOptions): Promise<{ page: Page; problems: string[] }>;
  /** A frame for each, with all that can be unfolded; `width` in CSS pixels */
  together(states: readonly State[], messages: Messages, width?: number): Promise<Frame[]>;
  /** Makes those frames so wide, and waits until their pages have taken that up. */
  resize(width: number): Promise<void>;
  /** Of `states`, by page and name. */
  open(which: State['page'], name: string, options?: OpenOptions): Promise<Page>;
}

/** `more`: by path, what else is served. */
export function useStage(states: readonly State[], more: ReadonlyMap<string, Buffer> = new Map()): TestStage {
  const cleanup = new AsyncDisposableStack();
  const opened: Page[] = [];
  let stage: Stage;

  beforeAll(async () => {
    const chromium = cleanup.use(await launchChromium());
    const beside = new Map([...(await besideOf(states)), ...more]);
    stage = { browser: chromium.browser, pages: cleanup.use(await servePages(beside)) };
  });
  afterEach(async () => {
    for (const page of opened.splice(0)) if (!page.isClosed()) await page.close();
  });
  afterAll(() => cleanup.disposeAsync());

  async function show(state: State, options?: OpenOptions) {
    const shown = await openState(stage, state, options);
    opened.push(shown.page);
    return shown;
  }

  return {
    show,
    async together(wanted, messages, width) {
      const { page, frames } = await openTogether(stage, wanted, messages, width);
      opened.push(page);
      return frames;
    },
    async resize(width) {
      await opened.at(-1)?.evaluate(async wanted => {
        for (const frame of document.querySelectorAll('iframe')) frame.width = String(wanted);
        // What watches its size hears of it in the first frame, and what it draws then stands in the second.
        for (const _ of [1, 2]) await new Promise(requestAnimationFrame);
      }, width);
    },
    async open(which, name, options) {
      const state = states.find(each => each.page === which && each.name === name);
      if (!state) throw new Error(`No state ${which} ${name}`);
      return (await show(state, options)).page;
    },
  };
}
