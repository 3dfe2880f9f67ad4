/** The grant window: opens once, closing it is a no, and a yes lets the same call go on. */

import type { Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type {} from '../../extension/page/lsd.d.ts';
import { doubleHost, eventually, inBrowsers, launchBrowser, type TestBrowser } from '../support/browsers.ts';
import { startTestSite, type TestSite } from '../support/test-site.ts';

/** A press of the button asks, and keeps what came of it. */
const ASKING = `<!doctype html><title>site</title><button>press</button><script>
  window.results = [];
  window.ask = () => lsd.sync({}).then(() => results.push('fine'), error => results.push(error.code));
  document.querySelector('button').onclick = ask;
</script>`;

inBrowsers(name => {
  let tested: TestBrowser;
  let site: TestSite;
  let page: Page;

  // A site for each test: what one was answered is nothing to the next.
  beforeAll(async () => {
    tested = await launchBrowser(name, { host: doubleHost('normal') });
  });
  afterAll(() => tested?.close());
  afterEach(async () => {
    await page?.close();
    await site?.close();
  });

  const open = async () => {
    site = await startTestSite({ '/': ASKING });
    page = await tested.open(`${site.origin()}/`);
  };
  const prompts = async () => {
    const found: Page[] = [];
    for (const candidate of await tested.pages()) {
      const href = await candidate.evaluate(() => location.href).catch(() => '');
      if (href.includes('/prompt/index.html')) found.push(candidate);
    }
    return found;
  };
  const prompt = () => eventually(async () => (await prompts())[0], 'the grant window');
  const results = (count: number) =>
    eventually(async () => {
      const seen = (await page.evaluate('results')) as string[];
      return seen.length >= count && seen;
    }, `${count} answers`);
  const question = async (window: Page) => {
    const key = await window.evaluate(() => new URLSearchParams(location.search).get('key'));
    return (await tested.ui('question', { key })) as { key: string; origin: string; wants: string };
  };

  it('tells a site without a grant nothing but that it is there', async () => {
    await open();
    const status = await page.evaluate(() => window.lsd?.status({}));
    expect(status).toEqual({ version: '0.1.0', state: 'no-grant' });
    const id = 'a'.repeat(40);
    const code = (call: string) => page.evaluate(`lsd.${call}.then(() => 'none', e => e.code)`);
    expect(await code(`status({ id: '${id}' })`)).toBe('denied');
    expect(await code(`url('${id}')`)).toBe('denied');
    expect(await code(`removeRequests({ ids: [] })`)).toBe('denied');
    expect(await code(`seedRequests({})`)).toBe('denied');
    expect(await prompts()).toEqual([]);
    expect(await page.evaluate(() => window.lsd?.permission())).toMatchObject({ site: 'prompt' });
  });

  it('opens one window for several calls of an origin; closing it denies them all, and the next at once', async () => {
    await open();
    await page.evaluate('ask(); ask(); lsd.config({ url: "/api2/" }).catch(error => results.push(error.code)); 0');
    const asking = await prompt();
    expect(await question(asking)).toMatchObject({ origin: site.origin(), wants: 'sync' });
    await page.evaluate('ask(); 0');
    expect((await prompts()).length).toBe(1);
    await asking.close();
    expect(await results(4)).toEqual(['denied', 'denied', 'denied', 'denied']);
    await page.click('button');
    expect(await results(5)).toContain('denied');
    expect(await prompts()).toEqual([]);
    expect(await page.evaluate(() => window.lsd?.permission())).toMatchObject({ site: 'denied' });
  });

  it('lets the same call go on after a yes, and tells the page', async () => {
    await open();
    await page.evaluate(
      `lsd.addEventListener('permissionchange', event => window.changed = event.detail.site); ask(); 0`,
    );
    const { key, origin } = await question(await prompt());
    await tested.ui('daemon', { method: 'site.grant', params: { origin } });
    await tested.ui('answer', { key, allow: true });
    expect(await results(1)).toEqual(['fine']);
    await eventually(async () => (await page.evaluate('window.changed')) === 'granted', 'permissionchange');
    await eventually(async () => (await prompts()).length === 0, 'the end of the window');
    await page.evaluate('ask(); 0');
    expect(await results(2)).toEqual(['fine', 'fine']);
    await tested.ui('daemon', { method: 'site.remove', params: { origin } });
    await eventually(async () => (await page.evaluate('window.changed')) === 'prompt', 'permissionchange');
  });

  it('takes its window along when the person leaves the site, and that is no "no"', async () => {
    await open();
    await page.evaluate('ask(); 0');
    await prompt();
    await page.goto('about:blank');
    await eventually(async () => (await prompts()).length === 0, 'the end of the window');
    await page.goto(`${site.origin()}/`);
    expect(await page.evaluate(() => window.lsd?.permission())).toMatchObject({ site: 'prompt' });
  });

  it('opens the window for setFolder although there is a grant', async () => {
    await open();
    await tested.ui('daemon', { method: 'site.grant', params: { origin: site.origin() } });
    await page.evaluate(`lsd.setFolder({}).then(({ folders }) => results.push(folders)); 0`);
    const { key, wants } = await question(await prompt());
    expect(wants).toBe('setFolder');
    await tested.ui('answer', { key, allow: true });
    expect(await results(1)).toEqual([1]);
  });
});
