/** Where the files of a torrent lie, whatever they are called. */

import { describe, expect, it } from 'vitest';
import { parseInfo } from '../../../../host/bittorrent/metainfo.ts';
import { layoutOf, partsOf } from '../../../../host/bittorrent/pieces/files-layout.ts';
import { manyFiles } from '../../../support/many-files.ts';

const PIECE = 16 * 1024;
type Wishes = Parameters<typeof manyFiles>[0];
const layout = (wishes: Wishes, top?: Parameters<typeof layoutOf>[1]) =>
  layoutOf(parseInfo(manyFiles(wishes, { name: 'N' }).info), top);
const keysOf = (paths: string[], top?: Parameters<typeof layoutOf>[1]) =>
  layout(
    paths.map(path => ({ path, size: 10 })),
    top,
  ).map(({ path }) => path.join('/'));

describe('a layout', () => {
  it.each([
    [
      ['a', 'b/c'],
      ['N/a', 'N/b/c'],
    ],
    [
      ['../a', 'a'],
      ['N/a', 'N/a (2)'],
    ],
    [
      ['..', 'N/a'],
      ['N/_', 'N/N/a'],
    ],
    [
      ['x.mp4', 'X.MP4', 'x.mp4', 'x (2).mp4'],
      ['N/x.mp4', 'N/X (2).MP4', 'N/x (3).mp4', 'N/x (2) (2).mp4'],
    ],
    [
      ['a', 'a/b', 'a/c'],
      ['N/a', 'N/a (2)/b', 'N/a (2)/c'],
    ],
    [
      ['a/b', 'a'],
      ['N/a/b', 'N/a (2)'],
    ],
  ])('of %j', (names, placed) => {
    expect(keysOf(names)).toEqual(placed);
    expect(keysOf(names, 'no-name')).toEqual(placed.map(path => path.slice(2)));
  });

  it('of one file is its name, with and without the torrent’s', () => {
    const { info } = manyFiles([{ path: 'song.mp3', size: 7 }], { name: 'song.mp3', single: true });
    for (const top of ['name', 'no-name'] as const) {
      expect(layoutOf(parseInfo(info), top)).toEqual([{ path: ['song.mp3'], length: 7, offset: 0, isPadding: false }]);
    }
  });

  it('has no two files at one place, on no kind of disk, and no name that is too long', () => {
    const long = 'é'.repeat(200);
    const keys = keysOf([
      'film.mp4',
      'FILM.mp4',
      'a:b',
      'a_b',
      'name',
      'name/below',
      'deep/name',
      'deep',
      `${long}a.mp4`,
      `${long}b.mp4`,
      `${long}c/a`,
      Array.from({ length: 40 }, () => 'long'.repeat(60)).join('/'),
    ]).map(key => key.toLowerCase());
    expect(new Set(keys).size).toBe(keys.length);
    for (const key of keys) expect(keys.filter(other => other.startsWith(`${key}/`))).toEqual([]);
    expect(Math.max(...keys.map(key => Buffer.byteLength(key)))).toBeLessThan(3_001);
    expect(Math.max(...keys.flatMap(key => key.split('/')).map(part => Buffer.byteLength(part)))).toBeLessThan(256);
  });

  it('knows what only fills up a piece', () => {
    const files = layout([
      { path: 'a', size: 10 },
      { path: '.pad/1', size: PIECE - 10, attr: 'p' },
      { path: 'b', size: 5 },
    ]);
    expect(files.map(({ isPadding }) => isPadding)).toEqual([false, true, false]);
  });

  it('of 100,000 files of one name is made as quickly as of others', () => {
    const info = manyFiles([{ path: 'x', size: PIECE }], { name: 'N' }).info;
    const one = parseInfo(info);
    const path = ['N', 'same.mp4'];
    const files = Array.from({ length: 100_000 }, (_, at) => ({ path, length: 1, offset: at }));
    const placed = layoutOf({ ...one, files });
    expect(placed.at(-1)?.path).toEqual(['N', 'same (100000).mp4']);
  });
});

it('cuts bytes into parts of files, over empty ones', () => {
  const files = layout([
    { path: 'a', size: 10 },
    { path: 'none', size: 0 },
    { path: 'b', size: 5 },
    { path: 'c', size: 9 },
  ]);
  expect(partsOf(files, 8, 16)).toEqual([
    { file: 0, at: 8, from: 0, to: 2 },
    { file: 2, at: 0, from: 2, to: 7 },
    { file: 3, at: 0, from: 7, to: 8 },
  ]);
  expect(partsOf(files, 10, 11)).toEqual([{ file: 2, at: 0, from: 0, to: 1 }]);
});
