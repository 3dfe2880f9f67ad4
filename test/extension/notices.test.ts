/** What the browser itself shows for the extension: notifications, the mark on its button, the menu on a film. */

import { randomBytes } from 'node:crypto';
import { chmod, mkdir, mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Id } from '../../shared/id.ts';
import { BROWSERS, buildExtension, eventually, type TestBrowser } from '../support/browsers.ts';
import { startTestSite, type TestSite } from '../support/test-site.ts';
import { idOf } from '../world/film.ts';
import { type HomeProcess, startHome } from '../world/home.ts';
import { type Archive, arrived, join as joinSite, openArchive, request, share } from '../world/site.ts';
import { browserOf } from '../world/visitor.ts';

const NAME = 'archive.example';

declare global {
  /** in the extension's page: notifications that were closed */
  var gone: string[];
}

let place: string;
let home: HomeProcess;
let id: Id;
let site: TestSite;
/** a file manager that notes what it is asked to show */
let manager: string;
/** who holds what this home downloads, and where it is told of it */
let archive: Archive;
let other: HomeProcess;
let films: Map<string, Id[]>;

beforeAll(async () => {
  buildExtension();
  place = await mkdtemp(join(tmpdir(), 'lsd-notices-'));
  await writeFile(join(place, 'film.mkv'), 'a film');
  id = await idOf(join(place, 'film.mkv'));
  site = await startTestSite({ '/': '<!doctype html><title>site</title><textarea></textarea>' }, { tls: true });
  manager = await mkdtemp(join(tmpdir(), 'lsd-manager-'));
  await writeFile(join(manager, 'xdg-open'), `#!/bin/sh\nprintf %s "$1" > '${join(manager, 'asked')}'\n`);
  await chmod(join(manager, 'xdg-open'), 0o755);
  [home, other] = await Promise.all([
    startHome([], undefined, {}, ['/usr/bin/env', `PATH=${manager}:${process.env.PATH}`]),
    startHome(),
  ]);
  await home.call('folder.add', { path: place });
  await home.call('folder.wait', { path: place });
  await fillOther();
}, 60_000);
afterAll(async () => {
  await site?.close();
  await other?.[Symbol.asyncDispose]();
  await archive?.close();
  await home?.[Symbol.asyncDispose]();
  for (const folder of [place, manager]) await rm(folder, { recursive: true, force: true });
});

/** The other home holds four films for each browser. */
async function fillOther(): Promise<void> {
  const held = join(manager, 'held');
  await mkdir(held);
  films = new Map();
  for (const name of BROWSERS) {
    const ids: Id[] = [];
    for (let index = 0; index < 4; index++) {
      const path = join(held, `${name} ${index}.mkv`);
      await writeFile(path, randomBytes(50_000));
      ids.push(await idOf(path));
    }
    films.set(name, ids);
  }
  const listed = [...films.values()].flat().map(sha1 => ({ sha1, title: sha1 }));
  archive = await openArchive({ people: ['ann', 'bob'], films: listed });
  await joinSite(other, archive.origin, 'ann');
  await share(other, held, archive.origin);
  await joinSite(home, archive.origin, 'bob');
}

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

  it('says by one notification that several downloads are done', async () => {
    const before = (await notified()).filter(each => each === 'done').length;
    const wanted = films.get(name)!.slice(0, 3);
    for (const film of wanted) await request(home, film);
    for (const film of wanted) await arrived(home, film);
    await eventually(async () => (await notified()).includes('done'), 'the notification');
    expect((await notified()).filter(each => each === 'done').length - before).toBe(1);
  }, 60_000);

  it('says that the disk is nearly full, and marks its button until it is no longer', async () => {
    const [film] = films.get(name)!.slice(3);
    await home.call('control.set', { keepFree: 2 ** 50 });
    await request(home, film!);
    await eventually(async () => (await notified()).includes('disk'), 'the notification');
    expect(await mark()).toBe('!');
    await home.call('control.set', { keepFree: 'auto' });
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

  it("opens the folder of a file in the person's own file manager", async () => {
    await rm(join(manager, 'asked'), { force: true });
    await tested.ui('daemon', { method: 'item.reveal', params: { id } });
    const asked = () => readFile(join(manager, 'asked'), 'utf8').catch(() => '');
    await eventually(async () => (await asked()) === place, 'the folder in the file manager');
    const unknown = tested.ui('daemon', { method: 'item.reveal', params: { id: 'f'.repeat(40) } });
    await expect(unknown).rejects.toThrow('in no folder');
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
      await rm(join(manager, 'asked'), { force: true });
      await choose('reveal', id);
      const asked = () => readFile(join(manager, 'asked'), 'utf8').catch(() => '');
      await eventually(async () => (await asked()) === place, 'the folder in the file manager');
      await choose('reveal', 'f'.repeat(40));
      await eventually(async () => (await notified()).includes('failed'), 'the notification');
      await page.close();
    },
    30_000,
  );
});
