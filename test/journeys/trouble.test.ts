/** What a page is told when things go wrong, and how each comes right again. */

import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import type { Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BROWSERS, buildExtension, launchBrowser, type TestBrowser } from '../support/browsers.ts';
import { type Film, makeFilm } from '../world/film.ts';
import { type HomeProcess, startHome } from '../world/home.ts';
import { type Archive, join, limitUpload, openArchive, share } from '../world/site.ts';
import { until } from '../world/until.ts';
import { answerGrant, browserOf, filmState, pressFilm, untilFilm, untilPlaying, visit } from '../world/visitor.ts';

interface PageLsd extends EventTarget {
  sync(): Promise<unknown>;
  status(params: object): Promise<{ state: string }>;
  url(id: string): Promise<string>;
}
declare const lsd: PageLsd;

let film: Film;
let folder: string;
beforeAll(async () => {
  buildExtension();
  film = await makeFilm(60, 2500);
  folder = await mkdtemp(joinPath(tmpdir(), 'lsd-films-'));
  await copyFile(film.path, joinPath(folder, 'film.mp4'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

let stack: AsyncDisposableStack;
beforeEach(() => {
  stack = new AsyncDisposableStack();
});
afterEach(() => stack.disposeAsync());

async function world(): Promise<{ archive: Archive; bob: HomeProcess }> {
  const archive = await openArchive({ people: ['ann', 'bob'], films: [{ sha1: film.id, title: 'The film' }] });
  stack.defer(() => archive.close());
  return { archive, bob: stack.use(await startHome()) };
}

async function holder(archive: Archive, upload: number | null): Promise<HomeProcess> {
  const ann = stack.use(await startHome());
  await join(ann, archive.origin, 'ann');
  await share(ann, folder, archive.origin);
  await limitUpload(ann, upload);
  return ann;
}

/** The code that a call of the page ends with, or `ok`. */
const syncCode = (page: Page) =>
  page.evaluate(() =>
    lsd.sync().then(
      () => 'ok',
      error => error.code,
    ),
  );
const stateOf = (page: Page) => page.evaluate(async () => (await lsd.status({})).state);

describe.each(BROWSERS)('in %s', name => {
  it('denied: the call says so, by the button and by closing the window; an allowed page goes on', async () => {
    const { archive, bob } = await world();
    const browser: TestBrowser = stack.use(await browserOf(name, bob.dir));
    const page = await visit(browser, archive.url, 'bob');
    await answerGrant(browser, 'deny');
    await until('the page says what happened', () =>
      page.evaluate(() => document.querySelector('#message')?.textContent !== ''),
    );
    expect(await stateOf(page)).toBe('no-grant');
    expect(await bob.call('site.list', {})).toEqual([]);
    expect(
      await page.evaluate(
        id =>
          lsd.url(id).then(
            () => 'ok',
            error => error.code,
          ),
        film.id,
      ),
    ).toBe('denied');
  }, 180_000);

  it('revoked: the page sees nothing any longer, and its URL is dead at once', async () => {
    const { archive, bob } = await world();
    await holder(archive, null);
    const browser = stack.use(await browserOf(name, bob.dir));
    const page = await visit(browser, archive.url, 'bob');
    await answerGrant(browser, 'allow');
    await untilFilm(page, film.id, 'at others');
    await pressFilm(page, film.id);
    await untilFilm(page, film.id, 'here');
    const url = await page.evaluate(id => lsd.url(id), film.id);
    const read = () =>
      fetch(url, { headers: { origin: archive.origin, range: 'bytes=0-9' } }).then(({ status }) => status);
    expect(await read()).toBe(206);
    await bob.call('site.remove', { origin: archive.origin });
    expect(await read()).toBe(404);
    await until('the page has no grant', async () => (await stateOf(page)) === 'no-grant');
  }, 180_000);

  it('no host: every call says host-missing, and the status too', async () => {
    const { archive } = await world();
    const browser = stack.use(await launchBrowser(name));
    const page = await visit(browser, archive.url, 'bob');
    await until('the page knows', async () => (await stateOf(page)) === 'host-missing');
    expect(await syncCode(page)).toBe('host-missing');
  }, 180_000);

  it('the daemon is killed in the middle: it is started again by itself, and the film plays on', async () => {
    const { archive, bob } = await world();
    await holder(archive, 1_000_000);
    const browser = stack.use(await browserOf(name, bob.dir));
    const page = await visit(browser, archive.url, 'bob');
    await answerGrant(browser, 'allow');
    await untilFilm(page, film.id, 'at others');
    await page.evaluate(() => lsd.addEventListener('disconnect', () => document.body.setAttribute('data-gone', 'yes')));
    await pressFilm(page, film.id);
    await untilFilm(page, film.id, 'arriving');
    await until('some of it is here', async () => {
      const item = await bob.call('item.status', { id: film.id });
      return item.state === 'downloading' && item.progress > 0.05;
    });
    await bob.kill('SIGKILL');
    await until('the page is told', () => page.evaluate(() => document.body.getAttribute('data-gone') === 'yes'));
    await until('a new daemon answers', async () => (await stateOf(page)) === 'active');
    await page.evaluate(() => document.querySelector<HTMLButtonElement>('[data-id] button')?.click());
    await untilPlaying(page);
  }, 180_000);

  it('the site goes down in the middle: the download goes on, a sync says so, and all is well when it is back', async () => {
    const database = joinPath(await mkdtemp(joinPath(tmpdir(), 'lsd-site-')), 'archive.db');
    stack.defer(() => rm(joinPath(database, '..'), { recursive: true, force: true }));
    const options = { people: ['ann', 'bob'], films: [{ sha1: film.id, title: 'The film' }], database };
    const archive = await openArchive(options);
    const bob = stack.use(await startHome());
    await holder(archive, 3_000_000);
    const browser = stack.use(await browserOf(name, bob.dir));
    const page = await visit(browser, archive.url, 'bob');
    await answerGrant(browser, 'allow');
    await untilFilm(page, film.id, 'at others');
    await pressFilm(page, film.id);
    await untilFilm(page, film.id, 'arriving');
    await until('it downloads', async () => (await bob.call('item.status', { id: film.id })).state === 'downloading');
    await archive.close();
    expect(await syncCode(page)).toBe('site-unreachable');
    await until(
      'it is here all the same',
      async () => {
        const { state } = await bob.call('item.status', { id: film.id });
        return state === 'available' || state === 'seeding';
      },
      60_000,
    );
    const again = await openArchive({ ...options, people: [], port: Number(new URL(archive.url).port) });
    stack.defer(() => again.close());
    expect(await until('sync works', async () => (await syncCode(page)) === 'ok')).toBe(true);
    await page.reload();
    await untilFilm(page, film.id, 'here');
    expect(await filmState(page, film.id)).toBe('here');
  }, 240_000);
});
