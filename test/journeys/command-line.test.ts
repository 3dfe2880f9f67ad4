/** The main job without a browser: A holds a film, B asks the site for it, and C gets it from B when A is gone. */

import { copyFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join as joinPath } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Film, makeFilm } from '../world/film.ts';
import { type HomeProcess, startHome } from '../world/home.ts';
import { type Archive, openArchive, PASSWORD } from '../world/site.ts';

let film: Film;
let folder: string;
let archive: Archive;
const homes: HomeProcess[] = [];

beforeAll(async () => {
  film = await makeFilm(10, 400);
  folder = await mkdtemp(joinPath(tmpdir(), 'lsd-films-'));
  await copyFile(film.path, joinPath(folder, 'A film of mine.mp4'));
  archive = await openArchive({ people: ['ann', 'bob', 'cy'], films: [{ sha1: film.id, title: 'The film' }] });
});
afterAll(async () => {
  for (const home of homes) await home[Symbol.asyncDispose]();
  await archive?.close();
  await rm(folder, { recursive: true, force: true });
});

async function person(name: string): Promise<HomeProcess> {
  const home = await startHome();
  homes.push(home);
  const add = ['site', 'add', archive.origin, '--lan', '--username', name, '--password-stdin'];
  expect(await home.cli(add, `${PASSWORD}\n`)).toMatchObject({ code: 0 });
  return home;
}

async function got(home: HomeProcess): Promise<Buffer> {
  const requested = await home.cli(['request', film.id, '--wait']);
  expect(requested, home.log.join('\n')).toMatchObject({ code: 0 });
  const { stdout } = await home.cli(['downloads', '--json']);
  const [download] = JSON.parse(stdout);
  expect(download).toMatchObject({ id: film.id, sites: [archive.origin] });
  return readFile(download.path);
}

describe('a film travels', () => {
  it('from A to B through the site alone, and from B to C with A switched off', async () => {
    const bytes = await readFile(film.path);
    const ann = await person('ann');
    for (const args of [
      ['folder', 'add', folder, '--site', archive.origin],
      ['sync', archive.origin],
    ]) {
      expect(await ann.cli(args)).toMatchObject({ code: 0 });
    }
    const bob = await person('bob');
    expect((await got(bob)).equals(bytes)).toBe(true);

    await bob.cli(['sync']);
    await ann.kill('SIGTERM');
    const cy = await person('cy');
    expect((await got(cy)).equals(bytes)).toBe(true);
  }, 180_000);
});
