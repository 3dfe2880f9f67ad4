/** A host that is not there, not meant for us, gone, or of another age: told apart in both browsers. */

import type { Page } from 'puppeteer-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type {} from '../../extension/page/lsd.d.ts';
import { doubleHost, eventually, inBrowsers, launchBrowser, type TestBrowser } from '../support/browsers.ts';
import { startTestSite, type TestSite } from '../support/test-site.ts';

let site: TestSite;
beforeAll(async () => {
  site = await startTestSite({ '/': '<!doctype html><title>site</title>' });
});
afterAll(() => site?.close());

inBrowsers(name => {
  let tested: TestBrowser;
  let page: Page;
  beforeAll(async () => {
    tested = await launchBrowser(name);
    page = await tested.open(`${site.origin()}/`);
  });
  afterAll(() => tested?.close());

  it.each([
    { state: 'host-missing', registration: {}, userAction: 'install-host' },
    {
      state: 'host-missing',
      // Chromium says the same of a program that is not there as of one that is not registered.
      own: name === 'chromium' ? 'host-missing' : 'host-unstartable',
      registration: { host: doubleHost('normal'), gone: true },
      userAction: 'install-host',
    },
    // Firefox says the same of a host that is registered for others as of one that is not registered.
    {
      state: name === 'firefox' ? 'host-missing' : 'host-forbidden',
      registration: { host: doubleHost('normal'), forbidden: true },
      userAction: 'install-host',
    },
    { state: 'host-exited', registration: { host: doubleHost('exit') }, userAction: undefined },
    { state: 'host-exited', own: 'daemon-down', registration: { host: doubleHost('down') }, userAction: undefined },
    {
      state: 'host-missing',
      own: 'browser-sandboxed',
      registration: { host: doubleHost('sandboxed') },
      userAction: 'install-host',
    },
    { state: 'protocol-mismatch', registration: { host: doubleHost('mismatch') }, userAction: 'update' },
    {
      state: 'protocol-mismatch',
      own: 'extension-too-old',
      registration: { host: doubleHost('newer') },
      userAction: 'update',
    },
    {
      state: 'protocol-mismatch',
      own: 'program-too-old',
      registration: { host: doubleHost('older') },
      userAction: 'update',
    },
  ])('says $state of $registration, and $own to the person', async ({ state, own, registration, userAction }) => {
    await tested.register(registration);
    await tested.ui('reconnect');
    expect(await tested.ui('link')).toMatchObject({ state: own ?? state });
    expect(await page.evaluate(() => window.lsd?.status({}))).toEqual({ version: '0.1.0', state });
    const error = await page.evaluate(() =>
      window.lsd?.sync({}).then(
        () => null,
        ({ code, userAction, message }) => ({ code, userAction, message }),
      ),
    );
    expect(error).toEqual({ code: state, userAction, message: expect.stringMatching(/^Th(e|is) .*\.$/) });
  });

  it('connects by itself when the host is there again, and tells pages when it goes', async () => {
    await tested.register({ host: doubleHost('exit') });
    await tested.ui('reconnect');
    await tested.register({ host: doubleHost('normal', [site.origin()]) });
    await eventually(async () => {
      const status = await page.evaluate(() => window.lsd?.status({}));
      return status?.state === 'idle';
    }, 'the connection');
    await page.evaluate(`lsd.addEventListener('disconnect', event => window.gone = event.detail.state); 0`);
    await tested.ui('daemon', { method: 'daemon.stop', params: {} });
    expect(await eventually(async () => (await page.evaluate('window.gone')) as string, 'disconnect')).toBe(
      'host-exited',
    );
    await eventually(async () => {
      const view = (await tested.ui('link')) as { state: string };
      return view.state === 'connected';
    }, 'the next connection');
  });
});
