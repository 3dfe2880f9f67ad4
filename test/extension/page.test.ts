/** What a page sees of `window.lsd`, in real browsers, with a scripted host behind the extension. */

import type { Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest';
import type {} from '../../extension/page/lsd.d.ts';
import { doubleHost, eventually, inBrowsers, launchBrowser, type TestBrowser } from '../support/browsers.ts';
import { startTestSite, type TestSite } from '../support/test-site.ts';

const ID = 'A9993E364706816ABA3E25717850C26C9CD0D89D';

/** Everything that could hand the private port to the page, replaced before the page's first use of `lsd`. */
const SPY = `<!doctype html><title>spy</title><script>
  window.leaks = [];
  window.early = typeof window.lsd;
  const look = value => { if (value instanceof MessagePort) leaks.push('port'); return value; };
  for (const type of ['message', 'lsd#handshake', 'connect']) {
    addEventListener(type, event => leaks.push(type + ' ' + event.ports?.length), true);
  }
  const wrap = (object, name) => {
    const original = object[name];
    object[name] = function (...args) { look(this); args.forEach(look); return Reflect.apply(original, this, args); };
  };
  wrap(MessagePort.prototype, 'postMessage');
  wrap(MessagePort.prototype, 'start');
  wrap(EventTarget.prototype, 'addEventListener');
  wrap(EventTarget.prototype, 'dispatchEvent');
  wrap(Promise.prototype, 'then');
  wrap(Function.prototype, 'call');
  wrap(Function.prototype, 'apply');
  wrap(Array.prototype, 'push');
  wrap(JSON, 'stringify');
  Object.defineProperty(Object.prototype, 'toJSON', { configurable: true, get() { look(this); } });
  JSON.parse = () => { leaks.push('parse'); return {}; };
  window.MessageChannel = class { constructor() { leaks.push('channel'); } };
</script>`;

const PAGES = {
  '/': '<!doctype html><title>site</title><button>press</button>',
  '/frames': '<!doctype html><title>frames</title><iframe src="/"></iframe><iframe srcdoc="<p>x"></iframe>',
  '/own-name': '<!doctype html><title>own</title><script>let lsd = 5; window.took = lsd;</script>',
  '/spy': SPY,
};

let site: TestSite;

beforeAll(async () => {
  site = await startTestSite({
    ...PAGES,
    '/sandboxed': (_request, response) => {
      response.setHeader('Content-Security-Policy', 'sandbox allow-scripts').end(PAGES['/']);
    },
  });
});
afterAll(() => site?.close());

inBrowsers(name => {
  let tested: TestBrowser;
  let page: Page;
  beforeAll(async () => {
    tested = await launchBrowser(name, { host: doubleHost('normal', [site.origin()]) });
  });
  afterAll(() => tested?.close());
  afterEach(() => page?.close());

  const open = async (path: string) => {
    page = await tested.open(site.origin() + path);
    return page;
  };
  /** The code of the error that a call of the page ends with. */
  const codeOf = (call: string) =>
    page.evaluate(
      text =>
        Promise.resolve(new Function(`return ${text}`)()).then(
          () => 'none',
          e => e.code,
        ),
      call,
    );

  it('is a frozen EventTarget with constants', async () => {
    await open('/');
    const seen = await page.evaluate(() => ({
      frozen:
        Object.isFrozen(window.lsd) &&
        Object.isFrozen(window.lsd?.capabilities) &&
        Object.isFrozen(window.lsd?.protocol),
      target: window.lsd instanceof EventTarget,
      version: window.lsd?.version,
      protocol: window.lsd?.protocol,
      members: window.lsd?.capabilities.filter(member => member !== 'events' && !(member in window.lsd!)),
    }));
    expect(seen).toEqual({ frozen: true, target: true, version: '0.1.0', protocol: { min: 1, max: 1 }, members: [] });
  });

  it('is there before the first script of the page, and shows nobody its private port', async () => {
    await open('/spy');
    const status = await page.evaluate(async () => {
      window.lsd?.addEventListener('progress', () => {});
      await window.lsd?.permission();
      return window.lsd?.status({});
    });
    expect(status).toMatchObject({ state: 'idle' });
    expect(await page.evaluate('leaks')).toEqual([]);
    expect(await page.evaluate('early')).toBe('object');
  });

  it('is not in frames', async () => {
    await open('/frames');
    const inFrames = await Promise.all(
      page
        .frames()
        .slice(1)
        .map(frame => frame.evaluate(() => 'lsd' in window)),
    );
    expect(inFrames).toEqual([false, false]);
  });

  it('is not in a page with an opaque origin', async () => {
    await open('/sandboxed');
    expect(await page.evaluate(() => 'lsd' in window)).toBe(false);
  });

  it('leaves the name to a page that declares it', async () => {
    await open('/own-name');
    expect(await page.evaluate('took')).toBe(5);
  });

  it('announces itself again when it is asked for', async () => {
    await open('/');
    const ready = await page.evaluate(
      () =>
        new Promise(resolve => {
          addEventListener('lsd#ready', () => resolve('ready'), { once: true });
          dispatchEvent(new Event('lsd#request'));
        }),
    );
    expect(ready).toBe('ready');
  });

  it("hands the daemon the browser's word for the origin, whatever the page says", async () => {
    await open('/');
    expect(await page.evaluate(() => window.lsd?.status({}))).toMatchObject({ origin: site.origin() });
    expect(await codeOf(`lsd.status({ origin: 'https://other.example' })`)).toBe('invalid');
  });

  it('answers a trailing callback and the promise alike', async () => {
    await open('/');
    const [called, promised] = await page.evaluate(async id => {
      let called: unknown;
      const promised = await window.lsd?.url(id, (error, url) => {
        called = { error, url };
      });
      return [called, promised];
    }, ID);
    expect(called).toEqual({ error: null, url: promised });
    const failed = await page.evaluate(
      () =>
        new Promise(resolve =>
          window.lsd?.url('nothing', error => resolve([error?.name, error?.code, error?.retryable])),
        ),
    );
    expect(failed).toEqual(['LSDError', 'invalid', false]);
  });

  it('lowers ids and takes a call without parameters', async () => {
    await open('/');
    expect(await page.evaluate(id => window.lsd?.status({ id }), ID)).toEqual({
      id: ID.toLowerCase(),
      state: 'unknown',
    });
    expect(await page.evaluate(() => window.lsd?.status())).toMatchObject({ state: 'idle' });
  });

  it.each([
    `lsd.addRequests({ ids: ['xyz'] })`,
    `lsd.addRequests({})`,
    `lsd.addRequests({ ids: Array(10001).fill('${ID}') })`,
    `lsd.config({ username: 5 })`,
    `lsd.config({ url: 1n })`,
    `lsd.config({ url: 'https://other.example/api/' })`,
    `lsd.config({ url: '//other.example/api/' })`,
    `lsd.config({ url: 'javascript:1' })`,
    `(() => { const loop = {}; loop.loop = loop; return lsd.config(loop); })()`,
    `lsd.sync({ prune: true })`,
  ])('refuses %s as invalid', async call => {
    await open('/');
    expect(await codeOf(call)).toBe('invalid');
  });

  it('answers a call that is larger than browsers carry', async () => {
    await open('/');
    expect(await codeOf(`lsd.config({ username: 'x'.repeat(70 * 1024 * 1024) })`)).toBe('invalid');
    expect(await page.evaluate(() => window.lsd?.status())).toMatchObject({ state: 'idle' });
  });

  it('limits how often an origin may call', async () => {
    await open('/');
    const code = await page.evaluate(async () => {
      const flood = () => Array.from({ length: 2000 }, () => window.lsd!.permission());
      for (;;) {
        const results = await Promise.allSettled(flood());
        const refused = results.find(result => result.status === 'rejected');
        if (refused) return [refused.reason.code, refused.reason.retryable];
      }
    });
    expect(code).toEqual(['rate-limited', true]);
  });

  it('tells a page at most four times a second, of its own files only, and of the last state always', async () => {
    await open('/');
    const news = await page.evaluate(
      id =>
        new Promise<{ ids: string[]; last: number; gaps: number[] }>(resolve => {
          const seen: { at: number; id: string; progress: number }[] = [];
          const done = () => {
            const gaps = seen.slice(1).map(({ at }, index) => at - seen[index]!.at);
            resolve({ ids: [...new Set(seen.map(({ id }) => id))], last: seen.at(-1)!.progress, gaps });
          };
          window.lsd?.addEventListener('progress', ({ detail, timeStamp }) => {
            seen.push({ at: timeStamp, id: detail.id, progress: detail.progress });
            if (detail.progress === 1) done();
          });
          void window.lsd?.addRequests({ ids: [id] });
        }),
      ID,
    );
    expect(news.ids).toEqual([ID.toLowerCase()]);
    expect(news.last).toBe(1);
    // 40 changes in a second; one of the events may have come late, and the next on its heels.
    expect(news.gaps.length).toBeLessThan(8);
    const span = news.gaps.reduce((sum, gap) => sum + gap, 0);
    expect(news.gaps.length).toBeLessThanOrEqual(1 + span / 250);
  });

  it('goes on when the person comes back to the page', async () => {
    await open('/');
    await page.evaluate(() => {
      document.title = 'left';
      window.lsd?.addEventListener('available', ({ detail }) => {
        document.title = detail.id;
      });
    });
    expect(await page.evaluate(() => window.lsd?.status({}))).toMatchObject({ state: 'idle' });
    await page.goto(`${site.origin()}/own-name`);
    // Puppeteer's goBack waits in Firefox for a load that a kept page does not have.
    await page.evaluate(() => void setTimeout(() => history.back()));
    await eventually(() => page.evaluate(() => location.pathname === '/').catch(() => false), 'the page');
    expect(await page.evaluate(() => window.lsd?.status({}))).toMatchObject({ state: 'idle' });
    // Where the browser kept the page, its listener is still there.
    if ((await page.title()) !== 'left') return;
    await page.evaluate(id => window.lsd?.addRequests({ ids: [id] }), ID);
    await eventually(async () => (await page.title()) === ID.toLowerCase(), 'the news');
  });

  it('says which permissions it has', async () => {
    await open('/');
    const listened = page.evaluate(
      () => new Promise(resolve => window.lsd?.addEventListener('permissionchange', ({ detail }) => resolve(detail))),
    );
    const before = await page.evaluate(() => window.lsd?.permission());
    expect(before).toMatchObject({ site: 'granted' });
    const loopback = before?.loopback === 'granted' ? 'denied' : 'granted';
    const permission = { permission: { name: 'loopback-network' }, state: loopback } as const;
    await tested.browser.defaultBrowserContext().setPermission(site.origin(), permission);
    expect(await listened).toEqual({ site: 'granted', loopback });
  });
});
