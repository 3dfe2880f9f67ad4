/** A holder who has never seen a command line: shares a folder with the site from the extension's own window. */

import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BROWSERS, buildExtension } from '../support/browsers.ts';
import { type Film, makeFilm } from '../world/film.ts';
import { startHome } from '../world/home.ts';
import { arrived, join, openArchive, request } from '../world/site.ts';
import { answerGrant, browserOf, grantWindow, untilFilm, visit } from '../world/visitor.ts';

let film: Film;
let folder: string;
beforeAll(async () => {
  buildExtension();
  film = await makeFilm(10, 400);
  folder = await mkdtemp(joinPath(tmpdir(), 'lsd-films-'));
  await copyFile(film.path, joinPath(folder, 'Überraschung «1962».mp4'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(BROWSERS)('in %s', name => {
  it('a folder chosen in the grant window is told to the site, and another person gets its film', async () => {
    await using stack = new AsyncDisposableStack();
    const archive = await openArchive({ people: ['ann', 'bob'], films: [{ sha1: film.id, title: 'The film' }] });
    stack.defer(() => archive.close());
    const ann = stack.use(await startHome());
    const browser = stack.use(await browserOf(name, ann.dir));
    const page = await visit(browser, archive.url, 'ann');

    const window = await grantWindow(browser);
    await window.waitForSelector('#folder-path');
    await window.type('#folder-path', folder);
    await window.click('.folder-add button[type=submit]:not([disabled])');
    await window.waitForSelector('.tick:has(.path) input:checked');
    await window.waitForFunction(() => document.querySelector('.told')?.textContent?.includes('1 video'));
    await answerGrant(browser, 'allow');

    await untilFilm(page, film.id, 'here');
    expect(await ann.call('folder.list', {})).toMatchObject([{ path: folder, sites: [archive.origin], files: 1 }]);

    const bob = stack.use(await startHome());
    await join(bob, archive.origin, 'bob');
    await request(bob, film.id);
    expect((await arrived(bob, film.id)).equals(await readFile(film.path))).toBe(true);

    const { forgotten } = await ann.call('site.remove', { origin: archive.origin, forget: true });
    expect(forgotten).toEqual({ removed: 1, requests: 0, kept: 0 });
    const { entries } = await ann.call('site.log', { origin: archive.origin });
    expect(entries.map(({ deed }) => deed)).toEqual(
      expect.arrayContaining(['revoked', 'forgotten', 'asked', 'synced', 'granted']),
    );
  }, 180_000);
});
