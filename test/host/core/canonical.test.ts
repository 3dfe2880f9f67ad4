/** The canonical torrent, against its vectors. (The hashes of big files are in test/host/library/hasher.test.ts.) */

import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decode, dict, encode, isDict, latin1 } from '../../../host/core/bencode.ts';
import { canonicalInfo, isCanonicalInfo, pieceLengthOf } from '../../../host/core/canonical.ts';
import { type Id, parseId } from '../../../shared/id.ts';
import { vectors } from './canonical-vectors.ts';

const anyId = fc
  .uint8Array({ minLength: 20, maxLength: 20 })
  .map((bytes): Id => parseId(Buffer.from(bytes).toString('hex'))!);
const sha1 = (bytes: Uint8Array) => createHash('sha1').update(bytes).digest();

it.each(vectors.piece_length_by_size)('%i bytes have pieces of %i', (size, pieceLength) => {
  expect(pieceLengthOf(size)).toBe(pieceLength);
});

it('pieces are at most 8192, or 4 MiB long, and no longer than they must be', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 42 }), size => {
      const length = pieceLengthOf(size);
      expect(Number.isInteger(Math.log2(length))).toBe(true);
      expect(length).toBeGreaterThanOrEqual(256 * 1024);
      expect(length).toBeLessThanOrEqual(4 * 1024 * 1024);
      if (length < 4 * 1024 * 1024) expect(Math.ceil(size / length)).toBeLessThanOrEqual(8192);
      if (length > 256 * 1024) expect(Math.ceil((size * 2) / length)).toBeGreaterThan(8192);
    }),
  );
});

it.each(vectors.files.filter(({ size }) => size <= 5_000_000))('$size bytes have their info hash', vector => {
  const bytes = Buffer.alloc(
    vector.size,
    Uint8Array.from({ length: 251 }, (_, at) => at),
  );
  const pieces: Buffer[] = [];
  for (let at = 0; at < bytes.length; at += vector.piece_length) {
    pieces.push(sha1(bytes.subarray(at, at + vector.piece_length)));
  }
  const id = parseId(sha1(bytes).toString('hex'))!;
  expect(id).toBe(vector.id);
  const info = canonicalInfo(id, bytes.length, Buffer.concat(pieces));
  expect(sha1(info).toString('hex')).toBe(vector.info_hash);
  expect(isCanonicalInfo(info, id)).toBe(true);
});

describe('an info dictionary', () => {
  it('has exactly four keys, and is known to be canonical', () => {
    fc.assert(
      fc.property(anyId, fc.integer({ min: 1, max: 10_000_000 }), (id, size) => {
        const info = canonicalInfo(id, size, new Uint8Array(20 * Math.ceil(size / pieceLengthOf(size))));
        const value = decode(info);
        expect(isDict(value) && [...value.entries.keys()]).toEqual(['length', 'name', 'piece length', 'pieces']);
        expect(isCanonicalInfo(info, id)).toBe(true);
      }),
    );
  });

  it('is not canonical with another name, key, piece length or number of pieces', () => {
    const id = parseId('a'.repeat(40))!;
    const pieces = new Uint8Array(20);
    const good = { length: 10, name: Buffer.from(id), 'piece length': 262144, pieces };
    expect(isCanonicalInfo(encode(dict(good)), id)).toBe(true);
    for (const change of [
      { name: Buffer.from('film.mkv') },
      { private: 1 },
      { 'piece length': 16384 },
      { pieces: new Uint8Array(40) },
      { pieces: new Uint8Array(19) },
      { length: 0, pieces: new Uint8Array() },
      { length: -1 },
      { length: undefined },
    ]) {
      expect(isCanonicalInfo(encode(dict({ ...good, ...change })), id), JSON.stringify(change)).toBe(false);
    }
    expect(isCanonicalInfo(Buffer.from('no bencode'), id)).toBe(false);
    expect(isCanonicalInfo(Buffer.from('le'), id)).toBe(false);
  });
});

it('names no path, no date and no program', () => {
  expect(latin1(canonicalInfo(parseId('0'.repeat(40))!, 1, new Uint8Array(20)))).toBe(
    `d6:lengthi1e4:name40:${'0'.repeat(40)}12:piece lengthi262144e6:pieces20:${'\0'.repeat(20)}e`,
  );
});
