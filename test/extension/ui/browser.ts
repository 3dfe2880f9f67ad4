/** One headless Chromium, and pages of the extension in it, each in a state and a theme of its own. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import puppeteer, { type Frame, type Page } from 'puppeteer-core';
import { CHROMIUM_FLAGS, EXECUTABLES } from '../../support/browsers.ts';
import { type Messages, messagesOf } from '../../support/locales.ts';
import type { State } from './answers.ts';
import { type Backstage, type Call, installFakeBackground } from './fake-background.ts';
import type { servePages } from './pages.ts';

declare global {
  interface Window {
    backstage: Backstage;
  }
}

export type Theme = 'light' | 'dark';

/** As wide as the page is in life: the popup is a popup, the grant window a window, the settings a tab. */
const WIDTHS = { popup: 360, prompt: 520, options: 900, status: 1280, tab: 1000, card: 528, frame: 528 } as const;

/** Where no film is, as the browser then says, too. */
export const GONE = '/gone.webm';

/** What says that the first view of a page stands. */
const VIEW = '#root h1, #root [role=alert]';
const VIEWS: Partial<Record<State['page'], string>> = { tab: 'h1:not(:empty)', card: '>>> button' };

const ENGLISH = messagesOf('en');

export async function launchChromium() {
  const profile = await mkdtemp(join(tmpdir(), 'lsd-ui-'));
  const browser = await puppeteer.launch({
    executablePath: EXECUTABLES.chromium,
    headless: true,
    pipe: true,
    userDataDir: profile,
    args: [...CHROMIUM_FLAGS, '--lang=en-US'],
  });
  return {
    browser,
    async [Symbol.asyncDispose]() {
      await browser.close();
      await rm(profile, { recursive: true, force: true });
    },
  };
}

export interface Stage {
  browser: Awaited<ReturnType<typeof launchChromium>>['browser'];
  pages: Awaited<ReturnType<typeof servePages>>;
}

/** Shows the page in that theme; colours change at once. */
export function wear(page: Page, theme: Theme): Promise<void> {
  return page.emulateMediaFeatures([
    { name: 'prefers-color-scheme', value: theme },
    { name: 'prefers-reduced-motion', value: 'reduce' },
  ]);
}

export interface OpenOptions {
  /** runs before any script of the page */
  before?: (page: Page) => Promise<unknown>;
  /** the sentences; English without */
  messages?: Messages;
}

/** The page in that state, after its first view stands. */
export async function openState(stage: Stage, state: State, { before, messages = ENGLISH }: OpenOptions = {}) {
  const page = await stage.browser.newPage();
  const problems: string[] = [];
  page.on('pageerror', error => problems.push(String(error)));
  page.on('console', message => {
    const isProblem = message.type() === 'error' && !message.location().url?.endsWith(GONE);
    if (isProblem) problems.push(message.text());
  });
  await page.setViewport({ width: WIDTHS[state.page], height: 760 });
  await page.evaluateOnNewDocument(installFakeBackground, state.answers, messages);
  await before?.(page);
  await page.bringToFront();
  await page.goto(stage.pages.url(state.page, state.query));
  await page.waitForSelector(VIEWS[state.page] ?? VIEW);
  if (state.press) await page.locator(state.press).click();
  if (state.until) await page.waitForSelector(state.until);
  if (state.plays) await untilSeen(page);
  return { page, problems };
}

/** In whatever frame it plays. */
async function untilSeen(page: Page): Promise<void> {
  const isHere = () => (document.querySelector<HTMLMediaElement>('video, audio')?.readyState ?? 0) > 1;
  await Promise.any(page.frames().map(frame => frame.waitForFunction(isHere)));
}

/**
 * Each of these states in a frame of one page, in their order: where only what they show is looked at, that takes a tenth of
 * the time. `width` in CSS pixels; without, as in life.
 */
export async function openTogether(stage: Stage, states: readonly State[], messages: Messages, width?: number) {
  const page = await stage.browser.newPage();
  await page.evaluateOnNewDocument(
    // Each frame takes its own from the page around it. A player within a site's page is part of that page's state.
    `const given = parent.given ?? parent.parent.given;
    const answers = given?.answers[window.name || parent.name];
    if (answers) (${installFakeBackground})(JSON.parse(answers), given.messages);`,
  );
  // Of their own origin, and of no policy that keeps frames out
  await page.bringToFront();
  await page.goto(stage.pages.url('none'));
  const named = states.map((state, at) => ({ state, name: `state-${at}`, answers: JSON.stringify(state.answers) }));
  await page.evaluate(
    (answers, messages) => void Object.assign(window, { given: { answers: Object.fromEntries(answers), messages } }),
    named.map(({ name, answers }) => [name, answers] as const),
    messages,
  );
  const show = async (some: typeof named) => {
    await page.evaluate(
      frames => {
        for (const each of frames) document.body.append(Object.assign(document.createElement('iframe'), each));
      },
      some.map(({ state, name }) => ({
        src: stage.pages.url(state.page, state.query),
        name,
        width: String(width ?? WIDTHS[state.page]),
        height: '760',
      })),
    );
    return Promise.all(some.map(({ name, state }) => shownFrame(page, name, state)));
  };
  // What the first has loaded the others find: all at once, each would load the same files, and take twice the time.
  const frames = [...(await show(named.slice(0, 1))), ...(await show(named.slice(1)))];
  // One after the other: there is one mouse.
  for (const [at, state] of states.entries()) await press(frames[at]!, state);
  await Promise.all(frames.map((frame, at) => unfold(frame, states[at]!)));
  const inner = await Promise.all(frames.map((frame, at) => (states[at]?.page === 'frame' ? playerIn(frame) : frame)));
  return { page, frames: inner };
}

async function shownFrame(page: Page, name: string, state: State): Promise<Frame> {
  const element = await page.waitForSelector(`iframe[name=${name}]`);
  const frame = await element?.contentFrame();
  if (!frame) throw new Error(`No frame ${name}`);
  await frame.waitForSelector(VIEWS[state.page] ?? VIEW);
  return frame;
}

async function press(frame: Frame, { press, page }: State): Promise<void> {
  if (!press) return;
  // A click of the mouse takes a while, but the card believes no other.
  if (page === 'card') await frame.locator(press).click();
  else await (await frame.waitForSelector(press))?.evaluate(pressed => (pressed as HTMLElement).click());
}

async function unfold(frame: Frame, { until }: State): Promise<void> {
  if (until) await frame.waitForSelector(until);
  await frame.evaluate(async () => {
    for (const details of document.querySelectorAll('details')) details.open = true;
    // What opening them starts is a task that waits already.
    await new Promise(opened => setTimeout(opened));
  });
}

/** What is the extension's in a site's page. */
async function playerIn(frame: Frame): Promise<Frame> {
  const player = await (await frame.waitForSelector('iframe'))?.contentFrame();
  if (!player) throw new Error('No player in the page');
  await player.waitForSelector('body');
  return player;
}

/** The calls of that method so far, their parameters only. */
export async function callsOf(page: Page, method: string): Promise<unknown[]> {
  const calls: Call[] = await page.evaluate(() => window.backstage.calls);
  return calls.filter(call => call.method === method).map(call => call.params);
}

/** Waits until a call of that method has been made, and gives its parameters. */
export async function callOf(page: Page, method: string): Promise<unknown> {
  await page.waitForFunction(wanted => window.backstage.calls.some(call => call.method === wanted), {}, method);
  return (await callsOf(page, method)).at(-1);
}

/** The button of that name, as a person finds it. */
export function button(name: string): string {
  return `::-p-aria(${name}[role="button"])`;
}
