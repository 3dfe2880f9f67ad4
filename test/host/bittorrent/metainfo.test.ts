import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  bareTorrent,
  candidates,
  cleanName,
  infoOfTorrent,
  MetainfoError,
  parseInfo,
  piecesOf,
} from '../../../host/bittorrent/metainfo.ts';
import { ascii, BencodeError, dict, encode } from '../../../host/core/bencode.ts';

type Entries = Parameters<typeof dict>[0];

const pieces = (count: number) => new Uint8Array(20 * count);

function info(change: Entries = {}): Uint8Array {
  return encode(dict({ length: 100_000, name: ascii('a'), 'piece length': 65_536, pieces: pieces(2), ...change }));
}

function files(...lengths: number[]): Uint8Array {
  const count = Math.ceil(lengths.reduce((sum, length) => sum + length, 0) / 65_536);
  return info({
    length: undefined,
    files: lengths.map((length, at) => dict({ length, path: [ascii(`${at}`)] })),
    pieces: pieces(count),
  });
}

describe('metainfo', () => {
  it('of one file says its length and pieces', () => {
    expect(parseInfo(info())).toMatchObject({ pieceLength: 65_536, pieceCount: 2, length: 100_000 });
  });

  it('of several files says where each starts', () => {
    const parsed = parseInfo(files(10, 70_000, 5));
    expect(parsed.files.map(file => [file.offset, file.length])).toEqual([
      [0, 10],
      [10, 70_000],
      [70_010, 5],
    ]);
    expect(parsed.files.map(file => piecesOf(parsed, file))).toEqual([
      { first: 0, last: 0 },
      { first: 0, last: 1 },
      { first: 1, last: 1 },
    ]);
  });

  it('keeps its very bytes inside a .torrent file', () => {
    const torrent = bareTorrent(info());
    expect(Buffer.from(infoOfTorrent(torrent)).equals(info())).toBe(true);
  });

  it.each<[string, Entries]>([
    ['a piece length of 0', { 'piece length': 0 }],
    ['a piece length of 1 GiB', { 'piece length': 2 ** 30 }],
    ['too few pieces', { pieces: pieces(1) }],
    ['too many pieces', { pieces: pieces(3) }],
    ['half a hash', { pieces: new Uint8Array(30) }],
    ['no pieces', { pieces: undefined }],
    ['a length below zero', { length: -1 }],
    ['an empty file', { length: 0, pieces: pieces(0) }],
    ['a length past what numbers hold', { length: 2n ** 63n }],
    ['no name', { name: undefined }],
    ['a number for a name', { name: 3 }],
    ['files that are no list', { files: 3 }],
    ['a file without a path', { files: [dict({ length: 1, path: [] })] }],
    ['800,001 pieces', { length: 800_001 * 65_536, pieces: pieces(800_001) }],
  ])('with %s is refused', (_what, change) => {
    expect(() => parseInfo(info(change))).toThrow(MetainfoError);
  });

  it('of more than 100,000 files or 16 MiB is refused', () => {
    expect(() => parseInfo(files(...Array.from({ length: 100_001 }, () => 1)))).toThrow(/100001 files/);
    expect(() => parseInfo(new Uint8Array(16 * 1024 * 1024 + 1))).toThrow(MetainfoError);
  });

  it('of any bytes parses or is refused with a reason', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), bytes => {
        try {
          parseInfo(bytes);
        } catch (thrown) {
          expect(thrown instanceof MetainfoError || thrown instanceof BencodeError).toBe(true);
        }
      }),
    );
  });

  it('offers the files of the wanted size', () => {
    const parsed = parseInfo(files(10, 70_000, 10));
    expect(candidates(parsed, 10)).toEqual([0, 2]);
    expect(candidates(parsed, 11)).toEqual([]);
    expect(candidates(parsed, null)).toEqual([]);
    expect(candidates(parseInfo(info()), null)).toEqual([0]);
  });
});

describe('a name from a torrent', () => {
  it.each([
    ['..', '_'],
    ['.', '_'],
    ['', '_'],
    ['C:evil', 'evil'],
    ['a/../b', 'a_.._b'],
    ['a\\b', 'a_b'],
    ['x\u0000y\u202etxt.exe', 'xytxt.exe'],
    ['con', '_con'],
    ['LPT1.txt', '_LPT1.txt'],
    ['trailing. . ', 'trailing'],
    ['e\u0301', '\u00e9'],
    ['film.mp4', 'film.mp4'],
  ])('%j becomes %j', (name, clean) => {
    expect(cleanName(name)).toBe(clean);
  });

  it('never leaves its folder and fits a file system', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), name => {
        const clean = cleanName(name);
        expect(clean).not.toMatch(/[/\\\0]/);
        expect(['', '.', '..']).not.toContain(clean);
        expect(Buffer.byteLength(clean)).toBeLessThanOrEqual(255);
      }),
    );
  });
});
