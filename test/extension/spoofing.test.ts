/** Who is not who it says: hostile page scripts, frames around and within, another extension, forged messages. */

import type { Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import { COOL_DOWN_MS } from '../../extension/background/questions.ts';
import type {} from '../../extension/page/lsd.d.ts';
import { CHROMIUM_IDS } from '../../manifests/ids.ts';
import { doubleHost, eventually, inBrowsers, launchBrowser, type TestBrowser } from '../support/browsers.ts';
import { type Attempts, writeOtherExtension } from '../support/other-extension.ts';
import { startTestSite, type TestSite } from '../support/test-site.ts';

const GRANTED = 'granted.example';
const HOSTILE = 'hostile.example';
/** Every page of ours that a person answers or sets something on, and what it is made of. */
const OWN_PAGES = ['popup/index.html', 'prompt/index.html?key=x', 'options/index.html', 'prompt/index.js'];

/** Asks again and again, says that the person clicks, and reports when it was refused long after the first no. */
const LOOP = `<!doctype html><title>loop</title><script>
  window.limited = 0;
  let firstNo = 0;
  Object.defineProperty(Navigator.prototype, 'userActivation', { get: () => ({ isActive: true, hasBeenActive: true }) });
  function ask(times) {
    for (let n = 0; n < times; n++) lsd.sync({}).catch(refused);
  }
  function refused({ code }) {
    if (code !== 'denied') return void limited++;
    if (firstNo === 0) setInterval(ask, 500, 20);
    firstNo ||= performance.now();
    if (performance.now() - firstNo > ${COOL_DOWN_MS + 2_000}) fetch('/late');
  }
  ask(3000);
</script>`;

/** A page that dispatches what the page's own script of the extension would, with a port of its own. */
const FORGER = `<!doctype html><title>forger</title><script>
  const { port1, port2 } = new MessageChannel();
  window.heard = [];
  port1.onmessage = ({ data }) => heard.push(data);
  dispatchEvent(new MessageEvent('lsd#handshake', { ports: [port2] }));
  port1.postMessage(JSON.stringify({ id: 1, method: 'status', params: {} }));
  for (const name of ['ui', 'page']) postMessage({ name, id: 1, method: 'link', params: {} }, '*');
</script>`;

inBrowsers(name => {
  const cleanup = new AsyncDisposableStack();
  let tested: TestBrowser;
  let site: TestSite;
  let page: Page;
  let late = false;

  beforeAll(async () => {
    site = cleanup.use(
      await startTestSite(
        {
          '/': '<!doctype html><title>site</title>',
          '/loop': LOOP,
          '/late': (_request, response) => {
            late = true;
            response.end();
          },
          '/forger': FORGER,
          '/around': (_request, response) => response.end(framed(`${site.origin(GRANTED)}/`)),
        },
        { tls: true },
      ),
    );
    const other = cleanup.use(await writeOtherExtension(name));
    tested = cleanup.use(
      await launchBrowser(name, {
        host: doubleHost('normal', [site.origin(GRANTED)]),
        names: [GRANTED, HOSTILE],
        others: [other.folder],
      }),
    );
    await tested.ui('setVisibility', { mode: 'all', origins: [] });
  });
  afterAll(() => cleanup.disposeAsync());
  afterEach(() => page?.close());

  const open = async (host: string, path: string) => {
    page = await tested.open(site.origin(host) + path);
    return page;
  };

  it('a page that asks in a loop is told to wait, and gets one window; after a no none, whatever it says of clicks', async () => {
    await tested.firstRun.evaluate(() => {
      Object.assign(window, { windowsOpened: 0 });
      chrome.windows.onCreated.addListener(() => {
        (window as unknown as { windowsOpened: number }).windowsOpened += 1;
      });
    });
    const windowsOpened = () => tested.firstRun.evaluate('windowsOpened');
    await open(HOSTILE, '/loop');
    const prompt = await tested.extensionPage(isPrompt);
    await eventually(() => page.evaluate('limited > 0'), 'rate-limited');
    expect(await windowsOpened()).toBe(1);
    await prompt.close();
    // What the test evaluates in a page counts as a click of the person: from here on the page is left alone.
    await eventually(async () => late, 'a refusal after the cool-down');
    expect(await windowsOpened()).toBe(1);
  });

  it('a handshake that the page itself makes up leads nowhere', async () => {
    await open(GRANTED, '/forger');
    // The real one works, over the same background: what the forged port would have heard, it would have heard by now.
    expect(await page.evaluate(() => window.lsd?.status({}))).toMatchObject({ state: 'idle' });
    expect(await page.evaluate('heard')).toEqual([]);
  });

  it('a granted site in the frame of another has nothing, and neither has the site around it', async () => {
    await open(HOSTILE, '/around');
    const frame = await eventually(
      async () => page.frames().find(each => each.url().startsWith(site.origin(GRANTED))),
      'the frame',
    );
    expect(await frame.evaluate(() => 'lsd' in window)).toBe(false);
    expect(await page.evaluate(() => window.lsd?.status({}))).toMatchObject({ state: 'no-grant' });
  });

  it('no page of ours can be put into a frame, opened, or read by a site', async () => {
    await open(HOSTILE, '/');
    const base = await tested.firstRun.evaluate(() => `${location.origin}/`);
    for (const path of OWN_PAGES) {
      const seen = await page.evaluate(async url => {
        const script = document.createElement('script');
        const outcome = new Promise<string>(resolve => {
          script.onload = () => resolve('ran');
          script.onerror = () => resolve('blocked');
        });
        script.src = url;
        const frame = document.createElement('iframe');
        frame.src = url;
        document.body.append(script, frame);
        const fetched = await fetch(url).then(
          () => 'read',
          () => 'blocked',
        );
        return [await outcome, fetched];
      }, base + path);
      expect(seen, path).toEqual(['blocked', 'blocked']);
    }
    for (const frame of page.frames().slice(1)) {
      const isOurs = frame.evaluate(() => document.querySelector('#root') !== null || location.href.includes('/index'));
      expect(await isOurs.catch(() => false)).toBe(false);
    }
  });

  it('another extension reaches neither background nor program', async () => {
    await open(GRANTED, '/');
    const told = await eventually(
      () => page.evaluate(() => document.documentElement.dataset.attempts),
      'the attempts of the other extension',
    );
    const attempts = JSON.parse(told) as Attempts;
    expect(attempts).toEqual({
      ui: expect.stringMatching(/^refused/),
      page: expect.stringMatching(/^refused/),
      message: expect.stringMatching(/^refused|^got (null|undefined)$/),
      native: expect.stringMatching(/^refused/),
    });
  });

  // Firefox lets nobody run code in the world of a content script; what its background makes of such ports is in origin.test.ts.
  it.skipIf(name === 'firefox')(
    'a content script that was taken over is no page of ours, nor another site',
    async () => {
      await open(HOSTILE, '/');
      const run = await inContentScript(page);
      expect(await run(`talk('ui', { jsonrpc: '2.0', id: 1, method: 'link', params: {} })`)).toBe('cut');
      expect(await run(`talk('elsewhere', {})`)).toBe('cut');
      const forged = { id: 1, method: 'status', params: {}, origin: site.origin(GRANTED) };
      expect(await run(`talk('page', ${JSON.stringify(forged)})`)).toMatchObject({
        id: 1,
        result: { state: 'no-grant' },
      });
      const within = { id: 2, method: 'status', params: { origin: site.origin(GRANTED) } };
      expect(await run(`talk('page', ${JSON.stringify(within)})`)).toMatchObject({ id: 2, error: { code: 'invalid' } });
    },
  );
});

function framed(url: string): string {
  return `<!doctype html><title>around</title><iframe src="${url}"></iframe>`;
}

function isPrompt(candidate: Page): Promise<boolean> {
  return candidate.evaluate(() => location.href.includes('/prompt/index.html'));
}

const TALK = `function talk(name, message) {
  return new Promise(resolve => {
    const port = chrome.runtime.connect({ name });
    port.onMessage.addListener(resolve);
    port.onDisconnect.addListener(() => resolve('cut'));
    port.postMessage(message);
  });
}`;

/** Runs expressions in the isolated world of our content script, as somebody who broke into it would. */
async function inContentScript(page: Page): Promise<(expression: string) => Promise<unknown>> {
  const session = await page.createCDPSession();
  const ours = Promise.withResolvers<number>();
  session.on('Runtime.executionContextCreated', ({ context }) => {
    if (context.origin.includes(CHROMIUM_IDS.unpacked)) ours.resolve(context.id);
  });
  await session.send('Runtime.enable');
  const contextId = await ours.promise;
  return async expression => {
    const { result } = await session.send('Runtime.evaluate', {
      expression: `${TALK}; ${expression}`,
      contextId,
      awaitPromise: true,
      returnByValue: true,
    });
    return result.value;
  };
}
