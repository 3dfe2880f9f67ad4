/** Subtitles beside a held film: which are given out, and to whom. */

import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readSubtitles } from '../../../host/library/subtitles.ts';
import { parseId } from '../../../shared/id.ts';

const ID = parseId('a'.repeat(40))!;
const SITE = 'https://site.example';
const VTT = 'WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n';

let root: string;
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'lsd-subtitles-'));
  for (const folder of ['shared', 'private']) await mkdir(join(root, folder));
});
afterEach(() => rm(root, { recursive: true }));

const put = (path: string, text: string) => writeFile(join(root, path), text);

/** Two folders, of which the site has the first, and where the film lies. */
function catalogue(...films: string[]) {
  const folder = (id: number, name: string) => ({
    ...{ id, path: join(root, name), all: false, everyone: false, identity: null, missing: null, scannedAt: 1 },
  });
  const stamp = { size: 1, mtimeNs: 1n, inode: 1n, device: 1n };
  return {
    folders: () => [folder(1, 'shared'), folder(2, 'private')],
    foldersOfSite: (origin: string) => (origin === SITE ? [1] : []),
    pathsOf: () =>
      films.map(path => ({ path: join(root, path), stamp: stamp as never, download: false, missing: false })),
  };
}

const read = (reader: string | null, ...films: string[]) => readSubtitles(catalogue(...films), ID, reader);

it('gives those of the film, in order of name, and no other file', async () => {
  await put('shared/film.en.vtt', VTT);
  await put('shared/film.de.srt', '1\n00:00:01,000 --> 00:00:02,000\nHallo');
  await put('shared/other.vtt', VTT);
  await put('shared/film.txt', 'x');
  expect(await read(SITE, 'shared/film.mp4')).toEqual([
    { label: 'de', language: 'de', text: 'WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nHallo\n' },
    { label: 'en', language: 'en', text: VTT },
  ]);
});

it('tells a site nothing of a folder that is not shared with it', async () => {
  await put('private/film.vtt', VTT);
  expect(await read(SITE, 'private/film.mp4', 'shared/film.mp4')).toEqual([]);
  expect(await read(null, 'private/film.mp4')).toHaveLength(1);
});

it('follows no link, and leaves out what is too large for subtitles or no file', async () => {
  await put('private/secret.vtt', VTT);
  await symlink(join(root, 'private/secret.vtt'), join(root, 'shared/film.en.vtt'));
  await put('shared/film.de.vtt', VTT + ' '.repeat(1024 * 1024));
  await mkdir(join(root, 'shared/film.fr.vtt'));
  expect(await read(SITE, 'shared/film.mp4')).toEqual([]);
});

it('gives nothing where the folder went away', async () => {
  expect(await read(SITE, 'shared/gone/film.mp4')).toEqual([]);
});
