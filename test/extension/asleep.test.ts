/** The browser ends the background whenever it likes: pages and their listeners do not notice. */

import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type {} from '../../extension/page/lsd.d.ts';
import { doubleHost, eventually, inBrowsers, launchBrowser, type TestBrowser } from '../support/browsers.ts';
import { startTestSite, type TestSite } from '../support/test-site.ts';

const NAME = 'archive.example';
const ID = 'a'.repeat(40);

async function isConnected({ ui }: TestBrowser): Promise<boolean> {
  const link = await ui('link');
  return typeof link === 'object' && link !== null && 'state' in link && link.state === 'connected';
}

inBrowsers(name => {
  let tested: TestBrowser;
  let site: TestSite;
  beforeAll(async () => {
    site = await startTestSite({ '/': '<!doctype html><title>site</title>' });
    // Without a host there is no native port, and only that keeps a background alive.
    tested = await launchBrowser(name, { backgroundIdleMs: 300 });
  });
  afterAll(async () => {
    await tested?.close();
    await site?.close();
  });

  /** Resolves when the background has ended: its end of a port is gone. */
  const backgroundEnds = async (of = tested) => {
    const cut = of.firstRun.evaluate(
      () =>
        new Promise(resolve => {
          chrome.runtime.connect({ name: 'ui' }).onDisconnect.addListener(() => resolve('cut'));
        }),
    );
    // Chromium's worker may be on its way out already while another begins: whichever is there is ended, until none is.
    // One at a time: an end that is still on its way must not meet the worker that begins after it.
    const isCut = cut.then(() => true);
    while (name === 'chromium' && !(await Promise.race([isCut, delay(200, false)]))) {
      const target = of.browser.targets().find(each => each.type() === 'service_worker');
      const ended = target
        ?.worker()
        .then(worker => worker?.close())
        .catch(() => {});
      // One that ends by itself just then may never answer.
      await Promise.race([ended, delay(5_000)]);
    }
    expect(await cut).toBe('cut');
  };

  it('answers calls of a page that was there before, and tells it the news', async () => {
    const page = await tested.open(`${site.origin()}/`);
    expect(await page.evaluate(() => window.lsd?.status({}))).toMatchObject({ state: 'host-missing' });
    await page.evaluate(() => {
      window.lsd?.addEventListener('available', ({ detail }) => {
        document.title = detail.id;
      });
    });
    await backgroundEnds();
    await tested.register({ host: doubleHost('normal', [site.origin()]) });
    await eventually(async () => {
      const status = await page.evaluate(() => window.lsd?.status({}));
      return status?.state === 'idle';
    }, 'the connection');
    const other = await tested.open(`${site.origin()}/`);
    await other.evaluate(id => window.lsd?.addRequests({ ids: [id] }), ID);
    await eventually(async () => (await page.title()) === ID, 'the news');
  });

  it("gets the reader's header to a page that was opened while it slept", async () => {
    let header: string | undefined;
    await using daemon = await startTestSite({
      '/get/aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa': (request, response) => {
        header = request.headers['x-lsd-reader']?.toString();
        response.writeHead(404).end();
      },
    });
    const video = `<!doctype html><video src="http://127.0.0.1:${daemon.port}/get/${ID}"></video>`;
    await using archive = await startTestSite({ '/': video }, { tls: true });
    const host = doubleHost('normal', [archive.origin(NAME)], daemon.port);
    await using other = await launchBrowser(name, { backgroundIdleMs: 300, names: [NAME], host });
    await eventually(() => isConnected(other), 'the connection');
    const permission = { permission: { name: 'loopback-network' }, state: 'granted' } as const;
    await other.browser.defaultBrowserContext().setPermission(archive.origin(NAME), permission);
    await other.register({});
    await other.ui('daemon', { method: 'daemon.stop', params: {} });
    await backgroundEnds(other);
    await other.register({ host });
    // One that began again before that, and found no host, looks no more for a second.
    await delay(1_500);
    const page = await other.open(`${archive.origin(NAME)}/`);
    await eventually(async () => header === `reader-of-${NAME}`, 'the header');
    await page.close();
  });

  it('remembers a no of the person', async () => {
    await tested.register({ host: doubleHost('normal') });
    const grantless = await startTestSite({ '/': '<!doctype html><title>site</title>' });
    const page = await tested.open(`${grantless.origin()}/`);
    const answer = page.evaluate(() => window.lsd?.sync({}).catch(error => error.code));
    const prompt = await tested.extensionPage(candidate =>
      candidate.evaluate(() => location.href.includes('/prompt/')),
    );
    await prompt.close();
    expect(await answer).toBe('denied');
    await tested.register({});
    await tested.ui('daemon', { method: 'daemon.stop', params: {} });
    await backgroundEnds();
    expect(await page.evaluate(() => window.lsd?.permission())).toMatchObject({ site: 'denied' });
    await page.close();
    await grantless.close();
  });
});
