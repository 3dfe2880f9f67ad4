/** The browser's session at a site: handed to the daemon where the person agreed to it, as it is now, and nothing else of it. */

import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type {} from '../../extension/page/lsd.d.ts';
import { doubleHost, eventually, inBrowsers, launchBrowser, type TestBrowser } from '../support/browsers.ts';
import { startTestSite, type TestSite } from '../support/test-site.ts';

const NAME = 'archive.example';

inBrowsers(name => {
  const cleanup = new AsyncDisposableStack();
  let tested: TestBrowser;
  let site: TestSite;
  let session = 'first';

  beforeAll(async () => {
    site = cleanup.use(
      await startTestSite(
        {
          '/': (_request, response) => {
            response.setHeader('Set-Cookie', [
              `sessionid=${session}; HttpOnly; Secure; Max-Age=999`,
              'kept=until-the-browser-ends; Secure',
              'visits=7; Secure; Max-Age=999',
              'elsewhere=x; HttpOnly; Secure; Path=/other/',
              'framed=x; HttpOnly; Secure; SameSite=None; Partitioned',
            ]);
            response.end('<!doctype html><title>site</title>');
          },
        },
        { tls: true },
      ),
    );
    tested = cleanup.use(
      await launchBrowser(name, { host: doubleHost('normal', [site.origin(NAME)]), names: [NAME, `sub.${NAME}`] }),
    );
    await eventually(async () => ((await tested.ui('link')) as { state: string }).state === 'connected', 'the link');
  });
  afterAll(() => cleanup.disposeAsync());

  /** What the daemon has of it: the scripted one tells. */
  const handed = (page: Page) =>
    page.evaluate(async () => {
      const status: unknown = await window.lsd?.status({});
      return (status as { session: { name: string; value: string }[] }).session;
    });
  const open = () => tested.open(`${site.origin(NAME)}/`);
  const grant = (cookies: object[] | null) =>
    tested.ui('daemon', { method: 'site.grant', params: { origin: site.origin(NAME), cookies } });
  const namesOf = (cookies: { name: string }[]) => cookies.map(each => each.name).sort();

  it('stays in the browser without the person’s word', async () => {
    const page = await open();
    expect(await handed(page)).toEqual([]);
    await page.close();
  });

  it('is handed over where they agreed: what is a session’s, and of this address alone', async () => {
    await grant([{ name: 'sessionid', value: 'of the window' }]);
    const page = await open();
    const cookies = await eventually(async () => {
      const all = await handed(page);
      return all.length > 0 && all;
    }, 'the session');
    expect(namesOf(cookies)).toEqual(['kept', 'sessionid']);
    expect(cookies).toContainEqual({ name: 'sessionid', value: 'first' });
    await page.close();
  });

  it('is another when the person signs in anew, also where the page stays', async () => {
    session = 'second';
    const page = await open();
    await eventually(async () => JSON.stringify(await handed(page)).includes('second'), 'the new session');
    session = 'third';
    await page.evaluate(() => fetch('/').then(answer => answer.text()));
    await page.evaluate(() => window.lsd?.sync({}));
    expect(await handed(page)).toContainEqual({ name: 'sessionid', value: 'third' });
    await page.close();
  });
});
