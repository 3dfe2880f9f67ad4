/** What a page is told when things go wrong, and how each comes right again. */

import { appendFile, copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import type { Page } from 'puppeteer-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { BROWSERS, buildExtension, launchBrowser, type TestBrowser } from '../support/browsers.ts';
import { type Film, idOf, makeFilm } from '../world/film.ts';
import { type HomeProcess, startHome } from '../world/home.ts';
import { type Archive, type ArchiveOptions, join, limitUpload, openArchive, share } from '../world/site.ts';
import { until } from '../world/until.ts';
import { answerGrant, filmState, hostOf, pressFilm, untilFilm, untilPlaying, visit } from '../world/visitor.ts';

interface PageLsd extends EventTarget {
  sync(): Promise<unknown>;
  status(params: object): Promise<{ state: string }>;
  url(id: string): Promise<string>;
}
declare const lsd: PageLsd;

/** Each test downloads a film that the person does not have yet. */
const FILMS = ['revoked', 'killed', 'down'] as const;

let film: Film;
let folder: string;
let ann: HomeProcess;
const cleanup = new AsyncDisposableStack();
beforeAll(async () => {
  buildExtension();
  folder = await mkdtemp(joinPath(tmpdir(), 'lsd-films-'));
  cleanup.defer(() => rm(folder, { recursive: true, force: true }));
  film = await makeFilm(60, 2500);
  ann = cleanup.use(await startHome());
});
afterAll(() => cleanup.disposeAsync());

/** The film under an id of its own: a box that players skip (ISO/IEC 14496-12, 8.1.2) ends it. */
async function filmFor(which: string): Promise<Film> {
  const path = joinPath(folder, `${which}.mp4`);
  await copyFile(film.path, path);
  const words = Buffer.from(which);
  await appendFile(path, Buffer.concat([Buffer.from([0, 0, 0, 8 + words.length]), Buffer.from('free'), words]));
  return { ...film, path, id: await idOf(path) };
}

/** From now on she holds all films for the archive. */
async function holder(archive: Archive, upload: number | null): Promise<void> {
  await join(ann, archive.origin, 'ann');
  await share(ann, folder, archive.origin);
  await limitUpload(ann, upload);
}

/** The code that a call of the page ends with, or `ok`. */
const syncCode = (page: Page) =>
  page.evaluate(() =>
    lsd.sync().then(
      () => 'ok',
      error => error.code,
    ),
  );
/** The page has told its visitor what went wrong. */
const untilTold = (page: Page) =>
  until('the page says what happened', () =>
    page.evaluate(() => document.querySelector('#message')?.textContent !== ''),
  );
const stateOf = (page: Page) => page.evaluate(async () => (await lsd.status({})).state);

describe.each(BROWSERS)('in %s', name => {
  const after = new AsyncDisposableStack();
  const films = new Map<string, Film>();
  let bob: HomeProcess;
  let browser: TestBrowser;
  /** of the test: what it opened is closed after it */
  let stack: AsyncDisposableStack;

  beforeAll(async () => {
    for (const which of FILMS) films.set(which, await filmFor(`${name} ${which}`));
    [bob, browser] = await Promise.all([startHome(), launchBrowser(name)]);
    after.use(bob);
    after.use(browser);
  });
  afterAll(() => after.disposeAsync());
  beforeEach(() => {
    stack = new AsyncDisposableStack();
  });
  afterEach(() => stack.disposeAsync());

  /** A site that nobody has been at: a refusal of the last one is nothing to it. */
  async function open(which?: (typeof FILMS)[number], options: Partial<ArchiveOptions> = {}) {
    const wanted = films.get(which ?? 'revoked')!;
    const archive = await openArchive({
      people: ['ann', 'bob'],
      films: [{ sha1: wanted.id, title: 'The film' }],
      ...options,
    });
    let closed: Promise<void> | undefined;
    const close = () => (closed ??= archive.close());
    stack.defer(close);
    return { archive: { ...archive, close }, id: wanted.id };
  }

  async function visitAsBob(archive: Archive): Promise<Page> {
    const page = await visit(browser, archive.url, 'bob');
    stack.defer(() => page.close());
    return page;
  }

  it('no host: every call says host-missing, and the status too', async () => {
    const { archive } = await open();
    const page = await visitAsBob(archive);
    await untilTold(page);
    expect(await stateOf(page)).toBe('host-missing');
    expect(await syncCode(page)).toBe('host-missing');
    await browser.register({ host: hostOf(bob.dir) });
    await browser.ui('reconnect');
    await until('the page has a host', async () => (await stateOf(page)) === 'no-grant');
  });

  it.each(['deny', 'close'] as const)('denied (%s): the call says so, and the page has nothing', async answer => {
    const { archive, id } = await open();
    const page = await visitAsBob(archive);
    await answerGrant(browser, answer);
    await untilTold(page);
    expect(await stateOf(page)).toBe('no-grant');
    expect(await bob.call('site.list', {})).toEqual([]);
    const code = (film: string) => lsd.url(film).catch(error => error.code);
    expect(await page.evaluate(code, id)).toBe('denied');
  });

  it('revoked: the page sees nothing any longer, and its URL is dead at once', async () => {
    const { archive, id } = await open('revoked');
    await holder(archive, null);
    const page = await visitAsBob(archive);
    await answerGrant(browser, 'allow');
    await untilFilm(page, id, 'at others');
    await pressFilm(page, id);
    await untilFilm(page, id, 'here');
    const url = await page.evaluate(film => lsd.url(film), id);
    const read = () =>
      fetch(url, { headers: { origin: archive.origin, range: 'bytes=0-9' } }).then(({ status }) => status);
    expect(await read()).toBe(206);
    await bob.call('site.remove', { origin: archive.origin });
    expect(await read()).toBe(404);
    await until('the page has no grant', async () => (await stateOf(page)) === 'no-grant');
  });

  it('the site goes down in the middle: the download goes on, a sync says so, and all is well when it is back', async () => {
    const database = joinPath(await mkdtemp(joinPath(tmpdir(), 'lsd-site-')), 'archive.db');
    stack.defer(() => rm(joinPath(database, '..'), { recursive: true, force: true }));
    const { archive, id } = await open('down', { database });
    await holder(archive, 3_000_000);
    const page = await visitAsBob(archive);
    await answerGrant(browser, 'allow');
    await untilFilm(page, id, 'at others');
    await pressFilm(page, id);
    await untilFilm(page, id, 'arriving');
    const state = async () => (await bob.call('item.status', { id })).state;
    await until('it downloads', async () => (await state()) === 'downloading');
    await archive.close();
    expect(await syncCode(page)).toBe('site-unreachable');
    await limitUpload(ann, null);
    await until('it is here all the same', async () => ['available', 'seeding'].includes(await state()));
    await open('down', { database, people: [], port: Number(new URL(archive.url).port) });
    expect(await until('sync works', async () => (await syncCode(page)) === 'ok')).toBe(true);
    await page.reload();
    await untilFilm(page, id, 'here');
    expect(await filmState(page, id)).toBe('here');
  });

  it('the daemon is killed in the middle: it is started again by itself, and the film plays on', async () => {
    const { archive, id } = await open('killed');
    await holder(archive, 1_000_000);
    const page = await visitAsBob(archive);
    await answerGrant(browser, 'allow');
    await untilFilm(page, id, 'at others');
    await page.evaluate(() => lsd.addEventListener('disconnect', () => document.body.setAttribute('data-gone', 'yes')));
    await pressFilm(page, id);
    await untilFilm(page, id, 'arriving');
    await until('some of it is here', async () => {
      const item = await bob.call('item.status', { id });
      return item.state === 'downloading' && item.progress > 0.05;
    });
    await bob.kill('SIGKILL');
    await until('the page is told', () => page.evaluate(() => document.body.getAttribute('data-gone') === 'yes'));
    await until('a new daemon answers', async () => (await stateOf(page)) === 'active');
    await pressFilm(page, id);
    await page.waitForSelector('video');
    await untilPlaying(page);
  });
});
