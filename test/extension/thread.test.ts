/** The whole way of a call: page, private channel, content script, background, native host, and back. */

import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type {} from '../../extension/page/lsd.d.ts';
import { BROWSERS, buildExtension, doubleHost, launchBrowser, type TestBrowser } from '../support/browsers.ts';

let server: Server;
let origin: string;

beforeAll(async () => {
  buildExtension();
  server = createServer((_request, response) => {
    response.setHeader('Content-Type', 'text/html').end('<!doctype html><title>site</title>');
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  origin = `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}`;
});
afterAll(() => server?.close());

describe.each(BROWSERS)('in %s', name => {
  let tested: TestBrowser;
  beforeAll(async () => {
    tested = await launchBrowser(name, { host: doubleHost('normal', [origin]) });
  });
  afterAll(() => tested?.close());

  it("carries a page's call to the host with the page's origin, and the answer back", async () => {
    const page = await tested.open(`${origin}/`);
    const status = await page.evaluate(() => window.lsd?.status({}));
    expect(status).toMatchObject({ state: 'idle', origin });
  });
});
