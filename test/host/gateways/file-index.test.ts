/** Files found by their path among 100,000, and folders listed: the same as by looking at each. */

import { expect, it } from 'vitest';
import type { Description } from '../../../host/core/held-torrents.ts';
import { indexOf } from '../../../host/gateways/web/file-index.ts';

const paths = Array.from({ length: 100_000 }, (_, at) => [`d${at % 300}`, `e${at % 7}`, `file ${at} é.mp4`]);
const extra = [['d1'], ['d1', 'e1'], ['d1 '], ['d10', 'é', 'a'], ['same'], ['same'], ['a/b', 'c']];
const files = [...paths, ...extra].map((path, at) => ({ path, length: at % 10, offset: at }));
const description: Description = {
  info: new Uint8Array(),
  name: 'many',
  pieceLength: 16_384,
  pieceCount: 1,
  length: 1,
  files,
};

it('a file is found by its whole path alone, the first of those alike', () => {
  const index = indexOf(description);
  for (const at of [0, 1, 99_999, 54_321]) expect(index.file(paths[at]!.join('/'))).toBe(files[at]);
  expect(index.file('same')?.offset).toBe(100_004);
  expect(index.file('a/b/c')?.offset).toBe(100_006);
  for (const path of ['', 'd1/', 'd1/e', 'd299/e5', 'e0', 'zzz', '/d1', 'd1/e1/file']) {
    expect([path, index.file(path)]).toEqual([path, undefined]);
  }
  expect(indexOf(description)).toBe(index);
});

it('a folder has what lies in it, with the bytes of what lies deeper', () => {
  const index = indexOf(description);
  const inside = files.filter(({ path }) => path[0] === 'd10');
  const entries = index.folder('d10/') ?? [];
  expect(entries.map(({ name }) => name)).toEqual(['e0', 'e1', 'e2', 'e3', 'e4', 'e5', 'e6', 'é']);
  expect(entries.every(({ type }) => type === 'folder')).toBe(true);
  const sum = (lengths: number[]) => lengths.reduce((total, length) => total + length, 0);
  expect(sum(entries.map(({ length }) => length))).toBe(sum(inside.map(({ length }) => length)));
  expect(index.folder('d10/é/')).toEqual([{ name: 'a', type: 'file', length: 100_003 % 10 }]);
  expect(index.folder('d1/')?.filter(({ type }) => type === 'file')).toEqual([
    { name: 'e1', type: 'file', length: 100_001 % 10 },
  ]);
  expect(index.folder('d1000/')).toBeUndefined();
});
