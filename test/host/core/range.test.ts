/** Range requests by RFC 9110, section 14. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseRange } from '../../../host/core/range.ts';

const WHOLE = 'whole';
const NONE = 'unsatisfiable';
const r = (...pairs: [number, number][]) => pairs.map(([start, end]) => ({ start, end }));

describe('a header over 1000 bytes', () => {
  it.each([
    [undefined, WHOLE],
    ['', WHOLE],
    ['bytes=0-', r([0, 1000])],
    ['bytes=0-0', r([0, 1])],
    ['bytes=999-', r([999, 1000])],
    ['bytes=500-999', r([500, 1000])],
    ['bytes=500-5000', r([500, 1000])],
    ['bytes=-1', r([999, 1000])],
    ['bytes=-5000', r([0, 1000])],
    ['bytes=1000-', NONE],
    ['bytes=1000-2000', NONE],
    ['bytes=-0', NONE],
    ['bytes=0-1,5-6', r([0, 2], [5, 7])],
    ['bytes= 0-1 , 5-6 ', r([0, 2], [5, 7])],
    ['bytes=0-1,,5-6,', r([0, 2], [5, 7])],
    ['bytes=0-1\t,\t-1', r([0, 2], [999, 1000])],
    ['bytes=0-1,2000-', r([0, 2])],
    ['bytes=2000-,-0', NONE],
    ['BYTES=0-1', r([0, 2])],
    ['Bytes=0-1', r([0, 2])],
    ['bytes=5-4', WHOLE],
    ['bytes=0-1,5-4', WHOLE],
    ['bytes=', WHOLE],
    ['bytes=-', WHOLE],
    ['bytes=,', WHOLE],
    ['bytes', WHOLE],
    ['bytes 0-1', WHOLE],
    ['bytes=a-b', WHOLE],
    ['bytes=0-1;5-6', WHOLE],
    ['bytes=0--1', WHOLE],
    ['bytes=+0-1', WHOLE],
    ['bytes=0x0-1', WHOLE],
    ['bytes=1.5-2', WHOLE],
    ['bytes=1 - 2', WHOLE],
    ['items=0-1', WHOLE],
    ['seconds=1-2', WHOLE],
    ['bytes=99999999999999999999999-', NONE],
    ['bytes=0-99999999999999999999999', r([0, 1000])],
    ['bytes=99999999999999999999998-99999999999999999999999', NONE],
    ['bytes=-99999999999999999999999', r([0, 1000])],
    [`bytes=${'0-0,'.repeat(15)}0-0`, r(...Array.from({ length: 16 }, (): [number, number] => [0, 1]))],
    [`bytes=${'0-0,'.repeat(16)}0-0`, WHOLE],
    [`bytes=${'9000-,'.repeat(20)}0-0`, WHOLE],
  ])('%j', (header, expected) => {
    expect(parseRange(header, 1000)).toEqual(expected);
  });
});

it('nothing of an empty representation can be asked for', () => {
  for (const header of ['bytes=0-', 'bytes=0-0', 'bytes=-1']) expect(parseRange(header, 0)).toBe(NONE);
});

it('every answer lies within the representation, whatever the header', () => {
  const part = fc.constantFrom('0', '1', '9', '99', '-', ',', ' ', '=', 'bytes', 'e', '\t');
  const likely = fc.array(part, { maxLength: 12 }).map(parts => `bytes=${parts.join('')}`);
  fc.assert(
    fc.property(fc.oneof(likely, fc.string()), fc.nat(200), (header, size) => {
      const ranges = parseRange(header, size);
      if (typeof ranges === 'string') return;
      expect(ranges.length).toBeGreaterThan(0);
      for (const { start, end } of ranges) {
        expect(start).toBeGreaterThanOrEqual(0);
        expect(end).toBeGreaterThan(start);
        expect(end).toBeLessThanOrEqual(size);
      }
    }),
    { numRuns: 2000 },
  );
});

it('a single range is what it says', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2 ** 45 }), fc.nat(), fc.nat(), (size, a, b) => {
      const [first, last] = a < b ? [a, b] : [b, a];
      const expected = first < size ? [{ start: first, end: Math.min(last + 1, size) }] : NONE;
      expect(parseRange(`bytes=${first}-${last}`, size)).toEqual(expected);
    }),
  );
});
