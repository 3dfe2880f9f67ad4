/** Which sites see `window.lsd`, and that the isolated script is registered before the page's. */

import { afterAll, beforeAll, expect, it } from 'vitest';
import { doubleHost, eventually, inBrowsers, launchBrowser, type TestBrowser } from '../support/browsers.ts';
import { startTestSite, type TestSite } from '../support/test-site.ts';

const GRANTED = 'granted.example';
const OTHER = 'other.example';
const LOCAL = ['http://localhost/*', 'http://127.0.0.1/*', 'http://[::1]/*'];

inBrowsers(name => {
  let tested: TestBrowser;
  let site: TestSite;
  let local: TestSite;
  beforeAll(async () => {
    site = await startTestSite({ '/': '<!doctype html><title>site</title>' }, { tls: true });
    local = await startTestSite({ '/': '<!doctype html><title>local</title>' });
    const host = doubleHost('normal', [site.origin(GRANTED)]);
    tested = await launchBrowser(name, { host, names: [GRANTED, OTHER] });
  });
  afterAll(async () => {
    await tested?.close();
    await site?.close();
    await local?.close();
  });

  const registered = () => tested.firstRun.evaluate(() => chrome.scripting.getRegisteredContentScripts());
  const untilMatches = (matches: string[]) =>
    eventually(async () => {
      const scripts = await registered();
      return (
        scripts.length === 2 && scripts.every(script => script.matches?.sort().join() === [...matches].sort().join())
      );
    }, `scripts for ${matches}`);
  const sees = async (origin: string) => {
    const page = await tested.open(`${origin}/`);
    const seen = await page.evaluate(() => 'lsd' in window);
    await page.close();
    return seen;
  };

  it('registers the isolated script first, for top frames only, before any script of the page', async () => {
    await untilMatches([...LOCAL, `https://${GRANTED}/*`]);
    const scripts = await registered();
    expect(scripts.map(({ world, js }) => [world, js?.join()])).toEqual([
      ['ISOLATED', expect.stringContaining('content/main.js')],
      ['MAIN', expect.stringContaining('page/main.js')],
    ]);
    for (const script of scripts) expect(script).toMatchObject({ runAt: 'document_start', allFrames: false });
  });

  it('shows itself to localhost and to sites with a grant until the person has chosen', async () => {
    expect(await tested.ui('visibility')).toEqual({ mode: 'unanswered', origins: [] });
    expect(await sees(local.origin())).toBe(true);
    expect(await sees(site.origin(GRANTED))).toBe(true);
    expect(await sees(site.origin(OTHER))).toBe(false);
  });

  it('shows itself to every site when the person says so', async () => {
    await tested.ui('setVisibility', { mode: 'all', origins: [] });
    await untilMatches(['https://*/*', ...LOCAL]);
    expect((await registered()).map(({ world }) => world)).toEqual(['ISOLATED', 'MAIN']);
    expect(await sees(site.origin(OTHER))).toBe(true);
  });

  it('shows itself to the chosen sites and to those with a grant', async () => {
    await tested.ui('setVisibility', { mode: 'chosen', origins: [site.origin(OTHER)] });
    await untilMatches([...LOCAL, `https://${OTHER}/*`, `https://${GRANTED}/*`]);
    expect(await sees(site.origin(OTHER))).toBe(true);
    await tested.ui('setVisibility', { mode: 'chosen', origins: [] });
    await untilMatches([...LOCAL, `https://${GRANTED}/*`]);
    expect(await sees(site.origin(OTHER))).toBe(false);
    expect(await sees(site.origin(GRANTED))).toBe(true);
  });

  it('takes sites of the local network, by address and port too', async () => {
    const origins = ['http://192.168.7.7:8080', 'http://[fd00::7]:81', 'http://nas.lan'];
    await tested.ui('setVisibility', { mode: 'chosen', origins });
    const patterns = ['http://192.168.7.7/*', 'http://[fd00::7]/*', 'http://nas.lan/*'];
    await untilMatches([...LOCAL, ...patterns, `https://${GRANTED}/*`]);
  });

  it('refuses a choice that names no origins', async () => {
    await expect(tested.ui('setVisibility', { mode: 'everything', origins: [] })).rejects.toThrow(/no choice/);
    await expect(tested.ui('daemon', { method: 'page', params: {} })).rejects.toThrow(/no such method/);
  });
});
