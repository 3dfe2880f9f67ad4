/** Where the bytes of a torrent lie in its files, whatever these are called. */

import { describe, expect, it } from 'vitest';
import { layoutOf } from '../../../host/bittorrent/files-layout.ts';
import { parseInfo } from '../../../host/bittorrent/metainfo.ts';
import { manyFiles } from '../../support/many-files.ts';

const layout = (...files: Parameters<typeof manyFiles>[0]) => layoutOf(parseInfo(manyFiles(files).info));

describe('a layout', () => {
  it('gives what a piece touches, in order, and leaves out what is empty', () => {
    const { spans, empty } = layout(
      { path: 'a', size: 10 },
      { path: 'none', size: 0 },
      { path: 'sub/b', size: 5 },
      { path: 'c', size: 20 },
    );
    expect(spans(8, 10)).toEqual([
      { path: ['a'], at: 8, length: 2 },
      { path: ['sub', 'b'], at: 0, length: 5 },
      { path: ['c'], at: 0, length: 3 },
    ]);
    expect(spans(10, 1)).toEqual([{ path: ['sub', 'b'], at: 0, length: 1 }]);
    expect(spans(34, 1)).toEqual([{ path: ['c'], at: 19, length: 1 }]);
    expect(empty).toEqual([['none']]);
  });

  it('has no two files at one place, on no kind of disk', () => {
    const { paths } = layout(
      { path: 'film.mp4', size: 1 },
      { path: 'FILM.mp4', size: 1 },
      { path: 'a:b', size: 1 },
      { path: 'a_b', size: 1 },
      { path: 'name', size: 1 },
      { path: 'name/below', size: 1 },
      { path: 'deep/name', size: 1 },
      { path: 'deep', size: 1 },
      { path: '1_FILM.mp4', size: 1 },
      { path: Array.from({ length: 40 }, () => 'long'.repeat(60)).join('/'), size: 1 },
    );
    const keys = paths.map(path => path.join('/').toLowerCase());
    expect(new Set(keys).size).toBe(keys.length);
    for (const key of keys) expect(keys.filter(other => other.startsWith(`${key}/`))).toEqual([]);
    expect(Math.max(...keys.map(key => Buffer.byteLength(key)))).toBeLessThan(3_001);
  });

  it('of one file is its name', () => {
    const { info } = manyFiles([{ path: 'song.mp3', size: 7 }], { name: 'song.mp3', single: true });
    expect(layoutOf(parseInfo(info)).spans(0, 7)).toEqual([{ path: ['song.mp3'], at: 0, length: 7 }]);
  });
});
