/** What a click on these pages does: the calls that reach the background, and the ones that must not. */

import { gzipSync } from 'node:zlib';
import type { Page } from 'puppeteer-core';
import { describe, expect, it } from 'vitest';
import type { State } from './answers.ts';
import { button, callOf, callsOf, type OpenOptions } from './browser.ts';
import { builtFile } from './pages.ts';
import { useStage } from './stage.ts';
import { STATES } from './states.ts';

const stage = useStage(STATES);
let page: Page;

async function open(which: State['page'], name: string, options?: OpenOptions): Promise<void> {
  page = await stage.open(which, name, options);
}

const click = (name: string) => page.locator(button(name)).click();
const tick = (selector: string) => page.locator(selector).click();
const closed = () => page.waitForFunction(() => window.backstage.closed);
const allowIsActive = () => page.$eval('.answers .primary', element => !element.matches(':disabled'));
const waitForAllow = () => page.waitForSelector('.answers .primary:enabled');

declare global {
  interface Window {
    held: (() => void)[];
  }
}

/** Runs in the page: timers of half a second wait until the test fires them. */
function holdTheHalfSecond(): void {
  const real = window.setTimeout.bind(window);
  const hold = (run: () => void, ms?: number) => (ms === 500 ? window.held.push(run) : real(run, ms));
  Object.assign(window, { held: [], setTimeout: hold });
}

describe('the grant window', () => {
  it('gives what was chosen, then lets the call of the page go on, and closes', async () => {
    await open('prompt', 'config');
    await tick('.tick input[type=checkbox]');
    await page.select('#quota', '10000000000');
    await waitForAllow();
    await click('Allow');
    await closed();
    expect(await callsOf(page, 'site.grant')).toEqual([
      {
        origin: 'https://pad.example',
        url: 'https://pad.example/api/',
        reach: 'site',
        download: true,
        folders: [1],
        quota: 10_000_000_000,
        expiresAt: null,
      },
    ]);
    const methods = await page.evaluate(() => window.backstage.calls.map(call => call.method));
    expect(methods.indexOf('site.grant')).toBeLessThan(methods.indexOf('answer'));
    expect(await callOf(page, 'answer')).toEqual({ key: 'k1', allow: true });
  });

  it('has its focus on Deny, so that Enter says no', async () => {
    await open('prompt', 'config');
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Deny');
    await page.keyboard.press('Enter');
    await closed();
    expect(await callOf(page, 'answer')).toEqual({ key: 'k1', allow: false });
    expect(await callsOf(page, 'site.grant')).toEqual([]);
  });

  it('says no on Escape', async () => {
    await open('prompt', 'config');
    await page.keyboard.press('Escape');
    expect(await callOf(page, 'answer')).toEqual({ key: 'k1', allow: false });
  });

  it('believes no click on Allow before half a second in sight and in focus has passed', async () => {
    await open('prompt', 'config', { before: each => each.evaluateOnNewDocument(holdTheHalfSecond) });
    await page.waitForFunction(() => window.held.length > 0);
    expect(await allowIsActive()).toBe(false);
    await page.evaluate(() => window.held.at(-1)?.());
    await waitForAllow();
  });

  it('starts the wait anew when the focus was elsewhere', async () => {
    await open('prompt', 'config');
    await waitForAllow();
    await page.evaluate(() => {
      document.hasFocus = () => false;
      window.dispatchEvent(new Event('blur'));
    });
    await page.waitForSelector('.answers .primary:disabled');
    await page.evaluate(() => {
      document.hasFocus = () => true;
      window.dispatchEvent(new Event('focus'));
    });
    expect(await allowIsActive()).toBe(false);
    await waitForAllow();
  });

  it('gives a local site access only with its tick', async () => {
    await open('prompt', 'lan');
    await page.waitForFunction(() => document.hasFocus());
    await tick('.card-warn input');
    await waitForAllow();
    await tick('.card-warn input');
    await page.waitForSelector('.answers .primary:disabled');
    await tick('.card-warn input');
    await waitForAllow();
    await click('Allow');
    expect(await callOf(page, 'site.grant')).toMatchObject({ origin: 'http://nas.local:8080', lan: true });
  });

  it('lets the servers be asked that the site names only with their tick', async () => {
    await open('prompt', 'stun');
    await tick('#stun input');
    await waitForAllow();
    await click('Allow');
    expect(await callOf(page, 'site.grant')).toMatchObject({ stun: true });
  });

  it('proposes the public network where a site names no meeting place', async () => {
    await open('prompt', 'add-requests');
    await waitForAllow();
    await click('Allow');
    expect(await callOf(page, 'site.grant')).toMatchObject({ reach: 'public', download: true, folders: [] });
  });

  it('changes nothing but the folders when it was asked for folders', async () => {
    await open('prompt', 'set-folder');
    await waitForAllow();
    await click('Share these folders');
    expect(await callOf(page, 'site.grant')).toEqual({ origin: 'https://pad.example', folders: [2] });
    expect(await callOf(page, 'answer')).toEqual({ key: 'k1', allow: true });
  });

  it('keeps the expiry that a grant has', async () => {
    await open('prompt', 'again');
    await waitForAllow();
    await click('Allow');
    expect(await callOf(page, 'site.grant')).not.toHaveProperty('expiresAt');
    expect(await callOf(page, 'site.grant')).toMatchObject({ quota: 5_000_000_000, reach: 'public' });
  });

  it('adds a folder by its path, and ticks it', async () => {
    await open('prompt', 'no-folders');
    await page.evaluate(() => {
      const folder = {
        id: 7,
        path: '/new',
        sites: [],
        everyone: false,
        all: false,
        files: 0,
        size: 0,
        state: 'scanning',
      };
      const { answers } = window.backstage;
      answers['folder.add'] = folder;
      answers['site.preview'] = { ...answers['site.preview']!, folders: [folder as never] };
    });
    await page.locator('#folder-path').fill('/new');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.tick:has(.path) input:checked');
    expect(await callsOf(page, 'folder.add')).toEqual([{ path: '/new' }]);
    expect(await callsOf(page, 'site.grant')).toEqual([]);
    await waitForAllow();
    await click('Allow');
    expect(await callOf(page, 'site.grant')).toMatchObject({ folders: [7] });
  });

  it('is not answered while a folder is being added', async () => {
    await open('prompt', 'no-folders');
    await waitForAllow();
    await page.evaluate(() => {
      window.backstage.answers['folder.add'] = { error: { code: 'invalid', message: 'There is no such folder.' } };
      window.backstage.held = new Promise(resolve => addEventListener('answered', () => resolve(), { once: true }));
    });
    await page.locator('#folder-path').fill('/new');
    await page.keyboard.press('Enter');
    await page.waitForSelector('.answers button.primary:disabled');
    await page.evaluate(() => dispatchEvent(new Event('answered')));
    await waitForAllow();
  });

  it('stays open, and says why, when the grant fails', async () => {
    await open('prompt', 'config');
    await page.evaluate(() => {
      window.backstage.answers['site.grant'] = {
        error: { code: 'site-unreachable', message: 'pad.example does not answer.', retryable: true },
      };
    });
    await waitForAllow();
    await click('Allow');
    await page.waitForSelector('[role=alert]');
    expect(await callsOf(page, 'answer')).toEqual([]);
  });
});

describe('the popup', () => {
  it('revokes a grant after one confirmation, and keeps what was downloaded', async () => {
    await open('popup', 'idle');
    await page.locator('section:last-of-type .row button').click();
    expect(await callsOf(page, 'site.remove')).toEqual([]);
    expect(await page.evaluate(() => document.activeElement?.textContent)).toBe('Keep');
    await click('Revoke');
    expect(await callOf(page, 'site.remove')).toEqual({ origin: 'https://pad.example', erase: false, forget: false });
  });

  it('erases the downloads of a site with the other button', async () => {
    await open('popup', 'idle');
    await page.locator('section:last-of-type .row button').click();
    await page.locator('.confirm button:last-child').click();
    expect(await callOf(page, 'site.remove')).toEqual({ origin: 'https://pad.example', erase: true, forget: false });
  });

  it('names the gateways that are on', async () => {
    await open('popup', 'needs-you');
    expect(await page.$eval('.state', element => element.textContent)).toMatch(/Confluence.*gateway is on.*8080/);
  });

  it('pauses and resumes everything', async () => {
    await open('popup', 'idle');
    await page.evaluate(() => {
      const { answers } = window.backstage;
      answers['daemon.status'] = { ...answers['daemon.status']!, state: 'paused', pausedUntil: 0 };
    });
    await click('Pause all');
    await click('Resume all');
    expect(await callOf(page, 'daemon.pause')).toEqual({});
    expect(await callOf(page, 'daemon.resume')).toEqual({});
  });

  it.each([
    ['idle', '80 GB free. Downloads leave the last 1.1 GB alone.'],
    ['nothing-kept-free', '1.9 GB free.'],
    ['error', 'Only 310 MB free. The last 1.1 GB are left alone, so downloads wait.'],
  ])('says how much room the disk has (%s)', async (name, sentence) => {
    await open('popup', name);
    const said = await page.$eval('[aria-labelledby=disk] p', ({ textContent }) => textContent);
    expect(said.replace(/[\u2068\u2069]/g, '').replaceAll('\u00a0', ' ')).toBe(sentence);
  });

  it('switches a site on, which answers the first question', async () => {
    await open('popup', 'first-use');
    await tick('[role=switch]');
    expect(await callOf(page, 'setVisibility')).toEqual({ mode: 'chosen', origins: ['https://new.example'] });
    expect(await callsOf(page, 'permissions.request')).toEqual([]);
  });

  it('asks the browser for the right to run on a plain-http site', async () => {
    await open('popup', 'plain-site');
    await tick('[role=switch]');
    expect(await callOf(page, 'setVisibility')).toMatchObject({ mode: 'chosen' });
    expect(await callOf(page, 'permissions.request')).toEqual({ origins: ['http://nas.local/*'] });
  });

  it('confirms that a folder is gone', async () => {
    await open('popup', 'needs-you');
    await page.locator('.note-warn button').click();
    expect(await callOf(page, 'folder.confirm')).toEqual({ path: '/home/me/Videos' });
  });

  it('takes files off the list of a site only after they were named', async () => {
    await open('popup', 'idle');
    await page.evaluate(() => {
      const plan = { origin: 'https://pad.example', add: 12, remove: 1, kept: 3, kinds: { video: 10, audio: 2 } };
      Object.assign(window.backstage.answers, { 'site.plan': [plan], 'site.sync': [] });
    });
    await click('Compare with the site');
    await click('Take 3 files off the list');
    expect(await callOf(page, 'site.sync')).toEqual({ origin: 'https://pad.example', prune: true });
  });

  it('tries again where there is no program, and shows it once it is there', async () => {
    await open('popup', 'host-missing');
    await page.evaluate(() => {
      window.backstage.answers.link = { state: 'connected', welcome: { version: '0.1.0', protocol: 1, http: 15550 } };
    });
    await click('Try again');
    await page.waitForSelector('.rates');
    expect(await callsOf(page, 'reconnect')).toHaveLength(1);
  });

  it('shows what has changed by itself, also after its background was put to sleep', async () => {
    await open('popup', 'idle');
    await page.evaluate(() => {
      const { answers } = window.backstage;
      answers['daemon.status'] = { ...answers['daemon.status']!, state: 'scanning', scanning: { done: 1, total: 2 } };
      window.backstage.change();
    });
    await page.waitForSelector('.scan progress');
    await page.evaluate(() => {
      const { answers } = window.backstage;
      answers['daemon.status'] = { ...answers['daemon.status']!, state: 'offline', scanning: null };
      window.backstage.cut();
    });
    await page.waitForFunction(() => document.querySelector('h1')?.textContent === 'Offline');
  });

  it.each([
    ['active', 'Data is moving between you and others.'],
    ['waiting', 'Nothing is moving right now.'],
  ])('says whether anything moves: %s', async (name, cause) => {
    await open('popup', name);
    expect(await page.$eval('section.state > p', ({ textContent }) => textContent)).toBe(cause);
  });

  it('weighs at most 30 kB on the wire', async () => {
    await open('popup', 'idle');
    const scripts = await page.evaluate(() =>
      performance
        .getEntriesByType('resource')
        .map(entry => new URL(entry.name).pathname)
        .filter(path => path.endsWith('.js')),
    );
    expect(scripts).toContain('/popup/index.js');
    const weights = await Promise.all(scripts.map(async path => gzipSync(await builtFile(path.slice(1))).length));
    expect(weights.reduce((sum, weight) => sum + weight, 0)).toBeLessThanOrEqual(30 * 1024);
  });
});

describe('the settings', () => {
  it('store which sites may see LSD', async () => {
    await open('options', 'first-run');
    await tick('input[type=radio]');
    expect(await callOf(page, 'setVisibility')).toEqual({ mode: 'chosen', origins: [] });
  });

  it('switch a site off again', async () => {
    await open('options', 'settings');
    await tick('button[aria-label^="Switch off"]');
    expect(await callOf(page, 'setVisibility')).toMatchObject({ mode: 'chosen', origins: [expect.any(String)] });
  });

  it('stop using a folder after one confirmation', async () => {
    await open('options', 'first-run-done');
    await tick('button[aria-label^="Stop using"]');
    expect(await callsOf(page, 'folder.remove')).toEqual([]);
    await click('Stop using it');
    expect(await callOf(page, 'folder.remove')).toEqual({ path: '/home/me/Videos' });
  });

  it.each([
    ['reached', 'Others can reach you.', 'Your router opened a port for it.'],
    ['reached-by-webrtc', 'Others can reach you only through a site that introduces them.', 'It works by WebRTC'],
    ['not-reached', 'Others cannot reach you.', 'No router answered.'],
  ])('say whether others can reach you: %s', async (name, word, cause) => {
    await open('options', name);
    const said = await page.$eval('section[aria-labelledby=reach]', ({ textContent }) => textContent);
    expect(said).toContain(word);
    expect(said).toContain(cause);
  });

  it('have the router asked with one tick', async () => {
    await open('options', 'settings');
    await tick('section[aria-labelledby=reach] input');
    expect(await callOf(page, 'daemon.nat')).toEqual({ on: true });
  });

  it('limit the rates', async () => {
    await open('options', 'settings');
    await page.select('#limit-down', '1000000');
    expect(await callOf(page, 'daemon.limits')).toEqual({ down: 1_000_000 });
  });
});
