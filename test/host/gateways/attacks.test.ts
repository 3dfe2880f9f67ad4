/** What pages of other sites try with the gateways of who looks at them, in real browsers: each is refused, and nothing is changed. */

import { once } from 'node:events';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest';
import { mountRestSockets } from '../../../host/gateways/resttorrent/socket.ts';
import { inBrowsers, launchBrowser, type TestBrowser } from '../../support/browsers.ts';
import { manyFiles } from '../../support/many-files.ts';
import { type Stand as Confluence, stand as openConfluence } from './confluence/stand.ts';
import { stand as openRestTorrent, type Stand as RestTorrent } from './resttorrent/stand.ts';

/** Whoever looks at it would have a session made in their name. */
const STRIKE = `fetch('/v1/sessions',{method:'POST',headers:{'X-Requested-With':'x'},body:''})`;
const pages = manyFiles(
  [
    { path: 'page.html', bytes: Buffer.from(`<!doctype html><script>${STRIKE}</script>`) },
    {
      path: 'picture.svg',
      bytes: Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg"><script>${STRIKE}</script></svg>`),
    },
    {
      path: 'page.xhtml',
      bytes: Buffer.from(`<html xmlns="http://www.w3.org/1999/xhtml"><script>${STRIKE}</script></html>`),
    },
  ],
  { name: 'Pages' },
);
const HASH = 'a'.repeat(40);

interface Targets {
  confluence: string;
  rest: string;
  hash: string;
}

inBrowsers(name => {
  let confluence: Confluence;
  let rest: RestTorrent;
  let browser: TestBrowser;
  let site: Server;
  let url: string;
  let inside: string;

  beforeAll(async () => {
    confluence = await openConfluence();
    rest = await openRestTorrent({ mount: mountRestSockets });
    await mkdir(join(rest.root, 'there', 'Pages'), { recursive: true });
    for (const { path, bytes } of pages.files) await writeFile(join(rest.root, 'there', 'Pages', path), bytes);
    const torrents = await rest.session();
    await rest.ask(torrents, { json: { file: Buffer.from(pages.metainfo).toString('base64'), save_path: 'there' } });
    inside = `${torrents}/${pages.infoHash}`;
    await rest.wait(inside, body => body.state === 'seeding');
    site = createServer((_, res) => res.setHeader('content-type', 'text/html').end('<!doctype html><body></body>'));
    await once(site.listen(0, '127.0.0.1'), 'listening');
    browser = await launchBrowser(name, { names: ['evil.example', 'rebound.example'] });
    url = `http://evil.example:${(site.address() as AddressInfo).port}/`;
  }, 120_000);
  afterAll(async () => {
    await browser?.close();
    site?.close();
    await rest?.[Symbol.asyncDispose]();
    await confluence?.[Symbol.asyncDispose]();
  });

  let before: unknown;
  const state = async () => ({
    held: (await confluence.get('/torrents')).body.toString(),
    sessions: (await rest.ask('/v1/sessions')).body.sessions,
    torrents: Object.keys((await rest.ask(inside)).body),
    root: (await readdir(rest.root, { recursive: true })).sort(),
  });
  beforeEach(async () => {
    before = await state();
  });

  it('no request, form, picture, script or socket of another site is heard', async () => {
    const page = await browser.open(url);
    const targets: Targets = {
      confluence: `http://127.0.0.1:${confluence.port}`,
      rest: `http://127.0.0.1:${rest.port}`,
      hash: HASH,
    };
    const outcomes = await page.evaluate(tryAll, targets);
    const refused = Object.fromEntries(Object.keys(outcomes).map(each => [each, 'refused']));
    expect(outcomes).toEqual(refused);
    expect(Object.keys(outcomes).length).toBeGreaterThan(20);
    await page.evaluate(sendForms, targets);
    expect(await state()).toEqual(before);
    await page.close();
  }, 60_000);

  it('a name that turns to this machine after its page was loaded opens nothing', async () => {
    for (const port of [confluence.port, rest.port]) {
      const page = await browser.browser.newPage();
      expect((await page.goto(`http://rebound.example:${port}/v1/sessions`))?.status()).toBe(421);
      // The page itself came from the other site, when the name was still its own.
      await page.setRequestInterception(true);
      page.on('request', request => {
        if (!request.isNavigationRequest()) return void request.continue();
        void request.respond({ contentType: 'text/html', body: '<!doctype html>' });
      });
      await page.goto(`http://rebound.example:${port}/`);
      const statuses = await page.evaluate(askOwnOrigin, HASH);
      // Chromium lets a page whose address it does not know ask none of this machine.
      for (const status of statuses) expect([421, 'not let']).toContain(status);
      expect(await state()).toEqual(before);
      await page.close();
    }
  }, 60_000);

  it('no page or picture in a torrent runs a script here', async () => {
    for (const [index, path] of ['page.html', 'picture.svg', 'page.xhtml'].entries()) {
      for (const at of [`${inside}/data/${path}`, `${inside}/files/${index}/data`]) {
        const page = await browser.browser.newPage();
        const asked: string[] = [];
        page.on('request', request => asked.push(request.method()));
        // What is not to be shown is saved, and the page that it was asked from stays: no load ends then.
        const saved = page.waitForResponse(answer => 'content-disposition' in answer.headers());
        const shown = page.goto(`http://127.0.0.1:${rest.port}${at}`);
        await Promise.any([saved, shown]);
        for (const each of [saved, shown]) each.catch(() => undefined);
        expect([at, await page.evaluate(() => document.scripts.length)]).toEqual([at, 0]);
        expect([at, asked.filter(method => method !== 'GET')]).toEqual([at, []]);
        await page.close();
      }
    }
    expect(await state()).toEqual(before);
  }, 60_000);
});

/** In the page: what each way of asking came to. */
async function tryAll({ confluence, rest, hash }: Targets): Promise<Record<string, string>> {
  const outcomes: Record<string, string> = {};
  const made = { ports: '30000,39999' };
  Object.assign(globalThis, { tell: () => Object.assign(outcomes, { script: 'heard' }) });
  const settle = async (what: string, trying: Promise<unknown>) => {
    outcomes[what] = await trying.then(
      () => 'heard',
      () => 'refused',
    );
  };
  const loaded = (element: HTMLElement) =>
    new Promise((resolve, reject) => {
      element.onload = resolve;
      element.onerror = reject;
      document.body.append(element);
    });
  const opened = (address: string) =>
    new Promise((resolve, reject) => {
      const socket = new WebSocket(address);
      socket.onopen = resolve;
      socket.onerror = reject;
    });
  const reads = [
    `${confluence}/torrents`,
    `${confluence}/status`,
    `${confluence}/info?ih=${hash}&timeout=1`,
    `${confluence}/data?ih=${hash}&timeout=1`,
    `${confluence}/metrics`,
    `${confluence}/files?ih=${hash}&timeout=1`,
    `${rest}/v1/sessions`,
    `${rest}/v1/sessions?callback=tell`,
    `${rest}/metrics`,
    `${rest}/playlist.m3u8`,
    `${rest}/socket.io/?EIO=4&transport=polling`,
    `${rest}/socket.io/?EIO=3&transport=polling&j=0`,
  ];
  for (const address of reads) {
    await settle(`fetch ${address}`, fetch(address));
    // Whether these load says nothing of what they did: that is looked at after.
    await loaded(Object.assign(new Image(), { src: address })).catch(() => undefined);
    await loaded(Object.assign(document.createElement('script'), { src: address })).catch(() => undefined);
  }
  const writes: [string, RequestInit][] = [
    [`${rest}/v1/sessions`, { method: 'POST', body: new URLSearchParams(made) }],
    [`${rest}/v1/sessions`, { method: 'POST', body: JSON.stringify(made) }],
    [`${rest}/v1/sessions`, { method: 'POST', headers: { 'X-Requested-With': 'x' }, body: new URLSearchParams(made) }],
    [`${rest}/v1/sessions`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{}' }],
    [`${confluence}/upload`, { method: 'POST', body: new FormData() }],
    [`${confluence}/metainfo?ih=${hash}`, { method: 'POST', body: 'de' }],
    [`${confluence}/torrents?ih=${hash}`, { method: 'DELETE' }],
  ];
  for (const [at, [address, init]] of writes.entries()) {
    await settle(`write ${at} ${address}`, fetch(address, { credentials: 'include', ...init }));
    // Nobody can tell from outside what an answer without a reader says: what is changed is looked at after.
    await fetch(address, { ...init, headers: {}, method: 'POST', mode: 'no-cors' }).catch(() => undefined);
  }
  const sockets = [
    `${confluence.replace('http', 'ws')}/events?ih=${hash}`,
    `${rest.replace('http', 'ws')}/socket.io/?EIO=4&transport=websocket`,
    `${rest.replace('http', 'ws')}/socket.io/?EIO=3&transport=websocket`,
  ];
  for (const address of sockets) await settle(`socket ${address}`, opened(address));
  return outcomes;
}

/** In the page: forms of every kind, each into a frame of its own. */
async function sendForms({ confluence, rest, hash }: Targets): Promise<void> {
  const forms: [string, string, Record<string, string>][] = [
    [`${rest}/v1/sessions`, 'application/x-www-form-urlencoded', { ports: '30000,39999' }],
    [`${rest}/v1/sessions`, 'multipart/form-data', { ports: '30000,39999' }],
    [`${rest}/v1/sessions`, 'text/plain', { '{"ports":': '[30000]}' }],
    [`${confluence}/upload`, 'multipart/form-data', { name: 'a', files: 'b' }],
    [`${confluence}/metainfo?ih=${hash}`, 'text/plain', { d: 'e' }],
  ];
  for (const [at, [action, enctype, fields]] of forms.entries()) {
    const frame = Object.assign(document.createElement('iframe'), { name: `frame${at}` });
    document.body.append(frame);
    const form = Object.assign(document.createElement('form'), { method: 'POST', action, enctype, target: frame.name });
    for (const [name, value] of Object.entries(fields)) {
      form.append(Object.assign(document.createElement('input'), { name, value }));
    }
    document.body.append(form);
    await new Promise(resolve => {
      frame.onload = resolve;
      form.submit();
    });
  }
}

/** In a page of the gateway's own origin, under another name: the statuses of what it asks. */
async function askOwnOrigin(hash: string): Promise<(number | 'not let')[]> {
  const asked: [string, RequestInit][] = [
    ['/v1/sessions', {}],
    ['/v1/sessions', { method: 'POST', headers: { 'X-Requested-With': 'x' } }],
    ['/socket.io/?EIO=4&transport=polling', {}],
    ['/torrents', {}],
    [`/info?ih=${hash}`, {}],
    [`/metainfo?ih=${hash}`, { method: 'POST', body: 'de' }],
  ];
  return Promise.all(
    asked.map(([path, init]) =>
      fetch(path, init).then(
        ({ status }) => status,
        () => 'not let' as const,
      ),
    ),
  );
}
