/** The main job: a site, two people, real browsers, one film; then a third gets it from the second. */

import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BROWSERS, buildExtension } from '../support/browsers.ts';
import { type Film, makeFilm } from '../world/film.ts';
import { startHome } from '../world/home.ts';
import { arrived, join, limitUpload, openArchive, request, share } from '../world/site.ts';
import { until } from '../world/until.ts';
import { answerGrant, browserOf, pressFilm, seek, untilFilm, untilPlaying, visit } from '../world/visitor.ts';

let film: Film;
let folder: string;

beforeAll(async () => {
  buildExtension();
  film = await makeFilm(60, 2500);
  folder = await mkdtemp(joinPath(tmpdir(), 'lsd-films-'));
  await copyFile(film.path, joinPath(folder, 'film.mp4'));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe.each(BROWSERS)('in %s', name => {
  it('a visitor grants, asks, sees the film play while it arrives, and hands it on', async () => {
    await using stack = new AsyncDisposableStack();
    const archive = await openArchive({ people: ['ann', 'bob', 'cy'], films: [{ sha1: film.id, title: 'The film' }] });
    stack.defer(() => archive.close());

    const ann = stack.use(await startHome());
    await join(ann, archive.origin, 'ann');
    await share(ann, folder, archive.origin);
    await limitUpload(ann, 1_000_000);

    const bob = stack.use(await startHome());
    const browser = stack.use(await browserOf(name, bob.dir));
    const page = await visit(browser, archive.url, 'bob');
    await answerGrant(browser, 'allow');
    await untilFilm(page, film.id, 'at others');

    await pressFilm(page, film.id);
    await untilFilm(page, film.id, 'arriving');
    await pressFilm(page, film.id);
    await untilPlaying(page);
    const before = await bob.call('item.status', { id: film.id });
    expect(before).toMatchObject({ state: 'downloading' });
    await seek(page, 50);
    const there = await untilPlaying(page, 50);
    expect(there.time).toBeGreaterThan(50);
    const whileSeeking = await bob.call('item.status', { id: film.id });
    expect(whileSeeking.state, 'the part that plays had not arrived').toBe('downloading');

    await limitUpload(ann, null);
    await untilFilm(page, film.id, 'here');
    await bob.call('site.sync', {});
    await ann.kill('SIGTERM');

    const cy = stack.use(await startHome());
    await join(cy, archive.origin, 'cy');
    await request(cy, film.id);
    expect((await arrived(cy, film.id)).equals(await readFile(film.path))).toBe(true);
    await until('the site lists it for cy', async () => (await cy.call('site.plan', {}))[0]?.add === 0);
  }, 240_000);
});
