/** Several browsers and profiles of one person, on one daemon: what one does the others see, and none needs another. */

import { execFileSync } from 'node:child_process';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type {} from '../../extension/page/lsd.d.ts';
import { buildExtension, eventually, launchBrowser, RUNTIME, type TestBrowser } from '../support/browsers.ts';
import { startTestSite, type TestSite } from '../support/test-site.ts';
import { QUIET } from '../world/home.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/letsshare.mjs', import.meta.url));
const cleanup = new AsyncDisposableStack();
let home: string;
let site: TestSite;
let browsers: TestBrowser[];
let pages: Page[];

beforeAll(async () => {
  buildExtension();
  home = await mkdtemp(join(tmpdir(), 'lsd-together-'));
  cleanup.defer(() => rm(home, { recursive: true, force: true, maxRetries: 10 }));
  await writeFile(join(home, 'config.json'), JSON.stringify(QUIET));
  site = cleanup.use(await startTestSite({ '/': '<!doctype html><title>site</title>' }));
  cleanup.defer(() => {
    execFileSync(RUNTIME, [PROGRAM, 'stop', '--home', home], { stdio: 'ignore' });
  });
  // All at once: each of them finds no daemon, and starts one.
  browsers = await Promise.all(
    (['chromium', 'firefox', 'chromium'] as const).map(name => launchBrowser(name, { home })),
  );
  for (const browser of browsers) cleanup.use(browser);
}, 120_000);
afterAll(() => cleanup.disposeAsync());

async function pidOf(browser: TestBrowser): Promise<number | undefined> {
  const status = await browser.ui('daemon', { method: 'daemon.status', params: {} }).catch(() => undefined);
  return (status as { pid: number } | undefined)?.pid;
}

/** The one daemon that all of them speak with. */
async function onePid(of: TestBrowser[], not?: number): Promise<number> {
  return eventually(async () => {
    const pids = await Promise.all(of.map(pidOf));
    const [first] = pids;
    return first !== not && pids.every(pid => pid === first) && first;
  }, 'one daemon for all');
}

const titles = (title: string) =>
  eventually(async () => {
    const seen = await Promise.all(pages.map(page => page.title()));
    return seen.every(one => one === title);
  }, `"${title}" in every browser`);

it('speak with one daemon, though all of them start at once', async () => {
  expect(await onePid(browsers)).toBeGreaterThan(1);
});

it('see a grant, and its end, whoever of them gives and takes it', async () => {
  const [chromium, firefox] = browsers;
  pages = await Promise.all(browsers.map(browser => browser.open(`${site.origin()}/`)));
  for (const page of pages) {
    await page.evaluate(() => {
      window.lsd?.addEventListener('permissionchange', ({ detail }) => {
        document.title = detail.site;
      });
    });
  }
  await chromium?.ui('daemon', { method: 'site.grant', params: { origin: site.origin() } });
  await titles('granted');
  for (const page of pages) expect(await page.evaluate(() => window.lsd?.status({}))).toMatchObject({ files: 0 });
  await firefox?.ui('daemon', { method: 'site.remove', params: { origin: site.origin() } });
  await titles('prompt');
});

it('go on when one of them is closed, and come back when the daemon was killed', async () => {
  const before = await onePid(browsers);
  const [first, ...others] = browsers;
  await first?.browser.close();
  expect(await onePid(others)).toBe(before);
  process.kill(before, 'SIGKILL');
  expect(await onePid(others, before)).toBeGreaterThan(1);
});
