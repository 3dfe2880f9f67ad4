/** The real daemon behind the extension: registered by the command line, started by the browser, asked by a page. */

import { execFileSync } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {} from '../../extension/page/lsd.d.ts';
import { BROWSERS, buildExtension, eventually, launchBrowser, RUNTIME, type TestBrowser } from '../support/browsers.ts';
import { startTestSite, type TestSite } from '../support/test-site.ts';

const PROGRAM = fileURLToPath(new URL('../../bin/letsshare.mjs', import.meta.url));

beforeAll(() => buildExtension());

describe.each(BROWSERS)('in %s', name => {
  let tested: TestBrowser;
  let site: TestSite;
  let home: string;
  const letsshare = (...args: string[]) =>
    execFileSync(RUNTIME, [PROGRAM, ...args, '--home', home, '--json'], { encoding: 'utf8' });

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'lsd-daemon-'));
    site = await startTestSite({ '/': '<!doctype html><title>site</title>' });
    tested = await launchBrowser(name, { home });
  });
  afterAll(async () => {
    await tested?.close();
    await site?.close();
    letsshare('stop');
    await rm(home, { recursive: true, force: true, maxRetries: 10 });
  });

  it('starts the daemon, and tells the page that it has no grant', async () => {
    await eventually(async () => {
      const link = (await tested.ui('link')) as { state: string; welcome?: { http: number } };
      return link.state === 'connected' && link.welcome;
    }, 'the connection');
    const page = await tested.open(`${site.origin()}/`);
    expect(await page.evaluate(() => window.lsd?.status({}))).toEqual({ version: '0.1.0', state: 'no-grant' });
    const code = await page.evaluate(() => window.lsd?.url('a'.repeat(40)).catch(error => error.code));
    expect(code).toBe('denied');
    await page.close();
  });

  it('tells the page of a grant that the command line gave, and works for it from then on', async () => {
    const page = await tested.open(`${site.origin()}/`);
    await page.evaluate(() => {
      window.lsd?.addEventListener('permissionchange', ({ detail }) => {
        document.title = detail.site;
      });
    });
    letsshare('site', 'add', site.origin(), '--lan');
    await eventually(async () => (await page.title()) === 'granted', 'the grant');
    expect(await page.evaluate(() => window.lsd?.status({}))).toMatchObject({ files: 0, downloads: [], seeding: [] });
    const url = await page.evaluate(() => window.lsd?.url('a'.repeat(40)).catch(error => error.code));
    expect(url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/get\/a{40}\?t=|not-found/);
    expect(await page.evaluate(() => window.lsd?.config({}))).toEqual({
      url: `${site.origin()}/api/`,
      signedIn: false,
      folders: 0,
    });
    letsshare('site', 'remove', site.origin());
    await eventually(async () => (await page.title()) === 'prompt', 'the end of the grant');
    await page.close();
  });
});
