/** What the browser itself shows for the extension: notifications, the mark on its button, the menu on a film. */

import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BROWSERS, buildExtension, eventually, type TestBrowser } from '../support/browsers.ts';
import { startTestSite, type TestSite } from '../support/test-site.ts';
import { idOf } from '../world/film.ts';
import { type HomeProcess, startHome } from '../world/home.ts';
import { browserOf } from '../world/visitor.ts';

const NAME = 'archive.example';

declare global {
  /** in the extension's page: notifications that were closed */
  var gone: string[];
}

let place: string;
let home: HomeProcess;
let id: string;
let site: TestSite;

beforeAll(async () => {
  buildExtension();
  place = await mkdtemp(join(tmpdir(), 'lsd-notices-'));
  await writeFile(join(place, 'film.mkv'), 'a film');
  id = await idOf(join(place, 'film.mkv'));
  site = await startTestSite({ '/': '<!doctype html><title>site</title><textarea></textarea>' }, { tls: true });
  home = await startHome();
  await home.call('folder.add', { path: place });
  await home.call('folder.wait', { path: place });
});
afterAll(async () => {
  await site?.close();
  await home?.[Symbol.asyncDispose]();
  await rm(place, { recursive: true, force: true });
});

describe.each(BROWSERS)('in %s', name => {
  let tested: TestBrowser;

  beforeAll(async () => {
    tested = await browserOf(name, home.dir, { names: [NAME] });
    await eventually(async () => ((await tested.ui('link')) as { state: string }).state === 'connected', 'the link');
    await tested.firstRun.evaluate(() => {
      globalThis.gone = [];
      chrome.notifications.onClosed.addListener(id => gone.push(id));
    });
  });
  afterAll(() => tested?.close());

  /** Those that stand, and those that came and went: a headless Firefox has no place for them. */
  const notified = () =>
    tested.firstRun.evaluate(async () => [...gone, ...Object.keys(await chrome.notifications.getAll())]);
  const mark = () => tested.firstRun.evaluate(() => chrome.action.getBadgeText({}));

  it('says that a folder is missing, by a notification and a mark on the button', async () => {
    expect([await notified(), await mark()]).toEqual([[], '']);
    await rename(place, `${place}-away`);
    await eventually(async () => (await notified()).includes('folder'), 'the notification');
    expect(await mark()).toBe('!');
    await rename(`${place}-away`, place);
    await eventually(async () => (await mark()) === '', 'the end of the mark');
  }, 60_000);

  it('has a menu on films', async () => {
    const known = (entry: string) =>
      tested.firstRun.evaluate(
        each =>
          chrome.contextMenus.update(each, {}).then(
            () => true,
            () => false,
          ),
        entry,
      );
    expect([await known('copy'), await known('reveal'), await known('other')]).toEqual([true, true, false]);
  });

  // No driver opens the browser's own menus; Chromium's worker can be told what they would tell it.
  it.runIf(name === 'chromium')(
    'copies a link for players by the menu, and says what does not work',
    async () => {
      const origin = site.origin(NAME);
      await tested.browser.defaultBrowserContext().setPermission(origin, {
        permission: { name: 'clipboard-write' },
        state: 'granted',
      });
      const page = await tested.open(`${origin}/`);
      await page.bringToFront();
      const choose = async (menuItemId: string, film: string) => {
        const target = await tested.browser.waitForTarget(each => each.type() === 'service_worker');
        const worker = await target.worker();
        await worker?.evaluate(
          async (entry, url) => {
            const [tab] = await chrome.tabs.query({ active: true, lastFocusedWindow: true });
            const { onClicked } = chrome.contextMenus as unknown as {
              onClicked: { dispatch(...event: unknown[]): void };
            };
            onClicked.dispatch({ menuItemId: entry, srcUrl: url, frameId: 0 }, tab);
          },
          menuItemId,
          `http://127.0.0.1:${home.ready.http}/get/${film}`,
        );
      };
      await choose('copy', id);
      const field = await page.$('textarea');
      await eventually(async () => {
        await field?.click({ count: 3 });
        await page.keyboard.press('V', { commands: ['Paste'] });
        const pasted = await field?.evaluate(each => each.value);
        return pasted?.includes(`/get/${id}?t=`);
      }, 'the link');
      await choose('reveal', 'f'.repeat(40));
      await eventually(async () => (await notified()).includes('failed'), 'the notification');
      await page.close();
    },
    30_000,
  );
});
