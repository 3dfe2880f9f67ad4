/** A person at a browser: opens the archive's page, answers the extension's window, asks for a film and watches it. */

import { setTimeout as delay } from 'node:timers/promises';
import type { Page } from 'puppeteer-core';
import type { Id } from '../../shared/id.ts';
import {
  type BrowserName,
  type BrowserOptions,
  launchBrowser,
  RUNTIME,
  type TestBrowser,
} from '../support/browsers.ts';
import { PROGRAM } from './home.ts';
import { PASSWORD } from './site.ts';
import { until } from './until.ts';

/** A browser whose extension speaks to the daemon of this home, as `letsshare install` sets it up. */
export function browserOf(name: BrowserName, homeDir: string, options: BrowserOptions = {}): Promise<TestBrowser> {
  return launchBrowser(name, { ...options, host: hostOf(homeDir) });
}

/** The command line of this home's native host. */
export function hostOf(homeDir: string): string[] {
  return [RUNTIME, PROGRAM, 'connect', '--home', homeDir];
}

/** Opens the archive's page and signs in there. */
export async function visit(browser: TestBrowser, url: string, username: string): Promise<Page> {
  const page = await browser.open(url);
  await page.waitForSelector('#account:not([hidden])');
  await page.type('[name=username]', username);
  await page.type('[name=password]', PASSWORD);
  await page.click('button[value=signin]');
  return page;
}

export type Answer = 'allow' | 'deny' | 'close';

/** Waits for the grant window and answers it as a person would: by its buttons. */
export async function answerGrant(browser: TestBrowser, answer: Answer): Promise<void> {
  const window = await grantWindow(browser);
  if (answer === 'close') return window.close();
  const button = answer === 'allow' ? '.answers button.primary:not([disabled])' : '.answers button:not(.primary)';
  await window.waitForSelector(button);
  await window.bringToFront();
  // The window may be gone before it has said that the button was pressed; one that was not pressed stays open.
  await window
    .evaluate(selector => document.querySelector<HTMLButtonElement>(selector)?.click(), button)
    .catch(() => {});
  // Firefox goes on listing a window that the extension closed; nothing answers in it any more.
  const isOpen = () => Promise.race([window.evaluate(() => !document.hidden), delay(1000, false)]).catch(() => false);
  await until('the grant window closes', async () => !(await isOpen()));
}

export function grantWindow(browser: TestBrowser): Promise<Page> {
  return browser.extensionPage(page =>
    page.evaluate(() => location.href.includes('-extension://') && location.href.includes('/prompt/')),
  );
}

/** The state that the archive's page shows for a film. */
export function filmState(page: Page, id: Id): Promise<string | undefined> {
  return page.evaluate(film => document.querySelector<HTMLElement>(`[data-id="${film}"]`)?.dataset.state, id);
}

export async function untilFilm(page: Page, id: Id, state: string): Promise<void> {
  await until(`the film is ${state}`, async () => (await filmState(page, id)) === state);
}

/** Presses the button of a film's row: asks for it, or plays it. */
export async function pressFilm(page: Page, id: Id): Promise<void> {
  await page.waitForSelector(`[data-id="${id}"] button:not([hidden])`);
  await page.evaluate(film => document.querySelector<HTMLButtonElement>(`[data-id="${film}"] button`)?.click(), id);
}

export interface Playback {
  time: number;
  duration: number;
  error: string;
  src: string;
}

export function playback(page: Page): Promise<Playback> {
  return page.evaluate(() => {
    const video = document.querySelector('video')!;
    return {
      time: video.currentTime,
      duration: video.duration,
      error: video.error?.message ?? '',
      src: video.currentSrc,
    };
  });
}

/** The picture moves on from `from` seconds. */
export async function untilPlaying(page: Page, from = 0): Promise<Playback> {
  await page.evaluate(() => {
    const video = document.querySelector('video')!;
    video.muted = true;
    void video.play().catch(() => {});
  });
  return until('the film plays', async () => {
    const now = await playback(page);
    if (now.time > from + 0.2) return now;
    throw new Error(JSON.stringify(now));
  });
}

export async function seek(page: Page, seconds: number): Promise<void> {
  await page.evaluate(time => {
    document.querySelector('video')!.currentTime = time;
  }, seconds);
}
