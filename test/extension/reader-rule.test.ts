/** X-LSD-Reader: reaches the daemon from the tab of a granted site, and from nowhere else. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { doubleHost, eventually, inBrowsers, launchBrowser, type TestBrowser } from '../support/browsers.ts';
import { startTestSite, type TestSite } from '../support/test-site.ts';

const GRANTED = 'site.example';
const SUBDOMAIN = 'sub.site.example';
const OTHER = 'other.example';
const ID = 'a'.repeat(40);

inBrowsers(name => {
  let tested: TestBrowser;
  let site: TestSite;
  let daemon: TestSite;
  /** header of each request for a file, by its query */
  let headers: Map<string, string | undefined>;

  beforeAll(async () => {
    headers = new Map();
    daemon = await startTestSite({ [`/get/${ID}`]: record });
    site = await startTestSite(
      {
        '/': (request, response) => response.end(video(nameOf(request))),
        '/frame': (request, response) =>
          response.end(`${video(nameOf(request))}<iframe src="${site.origin(OTHER)}/?as=frame"></iframe>`),
        '/empty': '<!doctype html><title>empty</title>',
      },
      { tls: true },
    );
    const host = doubleHost('normal', [site.origin(GRANTED), site.origin('127.0.0.1')], daemon.port);
    tested = await launchBrowser(name, {
      host,
      names: [GRANTED, SUBDOMAIN, OTHER],
      publicAddresses: [`127.0.0.1:${site.port}`],
    });
    await eventually(async () => ((await tested.ui('link')) as { state: string }).state === 'connected', 'the link');
    await allowLoopback();
  });
  afterAll(async () => {
    await tested?.close();
    await site?.close();
    await daemon?.close();
  });

  function record(request: IncomingMessage, response: ServerResponse): void {
    const as = new URL(request.url ?? '', 'http://x').searchParams.get('as') ?? '';
    headers.set(as, request.headers['x-lsd-reader']?.toString());
    response.writeHead(404).end();
  }

  function nameOf(request: IncomingMessage): string {
    return new URL(request.url ?? '', 'http://x').searchParams.get('as') ?? 'top';
  }

  function video(as: string): string {
    return `<!doctype html><title>site</title><video src="http://127.0.0.1:${daemon.port}/get/${ID}?as=${as}"></video>`;
  }

  /** Media of the person's own machine: Chromium asks for it, and so does Firefox. */
  async function allowLoopback(): Promise<void> {
    for (const host of [GRANTED, SUBDOMAIN, OTHER]) {
      const permission = { permission: { name: 'loopback-network' }, state: 'granted' } as const;
      await tested.browser.defaultBrowserContext().setPermission(site.origin(host), permission);
    }
  }

  const visit = async (origin: string, path: string, as: string) => {
    const page = await tested.open(`${origin}${path}?as=${as}`);
    await eventually(async () => headers.has(as), `the request of ${as}`);
    return page;
  };
  const rules = async () => tested.firstRun.evaluate(() => chrome.declarativeNetRequest.getSessionRules());

  it('stands for a granted origin, from the first video of its page on', async () => {
    const page = await visit(site.origin(GRANTED), '/', 'granted');
    // A request that came before the rule is made again by the content script.
    await eventually(async () => headers.get('granted') === `reader-of-${GRANTED}`, 'the header');
    await page.close();
    await eventually(async () => (await rules()).length === 0, 'the end of the rule');
  });

  it('does not reach a frame of another site in the same tab', async () => {
    const page = await visit(site.origin(GRANTED), '/frame', 'outer');
    await eventually(async () => headers.has('frame'), 'the request of the frame');
    await eventually(async () => headers.get('outer') === `reader-of-${GRANTED}`, 'the header');
    expect(headers.get('frame')).toBeUndefined();
    await page.close();
  });

  it.each([SUBDOMAIN, OTHER])('does not stand for a tab of %s', async host => {
    const page = await visit(site.origin(host), '/', host);
    expect(headers.get(host)).toBeUndefined();
    await page.close();
  });

  it('goes with the page: a tab that is elsewhere has none, and gets it back', async () => {
    const page = await visit(site.origin(GRANTED), '/', 'before');
    await page.goto(`${site.origin(OTHER)}/empty`);
    await eventually(async () => (await rules()).length === 0, 'the end of the rule');
    await page.goto(`${site.origin(GRANTED)}/empty`);
    await rule();
    await page.close();
  });

  it('ends with the grant, and with the connection to the daemon', async () => {
    const page = await tested.open(`${site.origin(GRANTED)}/empty`);
    await rule();
    const params = { origin: site.origin(GRANTED) };
    await tested.ui('daemon', { method: 'site.remove', params });
    await eventually(async () => (await rules()).length === 0, 'the end of the rule');
    await tested.ui('daemon', { method: 'site.grant', params });
    await rule();
    await tested.register({});
    await tested.ui('daemon', { method: 'daemon.stop', params: {} });
    await eventually(async () => (await rules()).length === 0, 'the end of the rule');
    await page.close();
  });

  async function rule(): Promise<void> {
    await eventually(async () => (await rules()).length === 1, 'the rule');
  }
});
