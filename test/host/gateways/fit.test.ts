/** Whatever is told, a browser gets less than a mebibyte of it. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { fitted, ROOM_BYTES } from '../../../host/gateways/fit.ts';

const size = (value: unknown) => Buffer.byteLength(JSON.stringify(value));

describe('a result for a browser', () => {
  it('stays as it is where it fits', () => {
    const value = { ids: ['a'], more: 0 };
    expect(fitted(value)).toBe(value);
    expect(fitted(undefined)).toBeUndefined();
  });

  it('loses the end of its heaviest list, and nothing else', () => {
    const ids = Array.from({ length: 30_000 }, (_, at) => at.toString(16).padStart(40, '0'));
    const short = fitted({ ids, missing: ['x'] }) as { ids: string[]; missing: string[] };
    expect(size(short)).toBeLessThanOrEqual(ROOM_BYTES);
    expect(size(short)).toBeGreaterThan(ROOM_BYTES - 100);
    expect(short.ids).toEqual(ids.slice(0, short.ids.length));
    expect(short.missing).toEqual(['x']);
  });

  it('fits, however its lists are nested', () => {
    const text = fc.integer({ min: 0, max: 400_000 }).map(length => 'é'.repeat(length));
    const lists = fc.array(text, { minLength: 1, maxLength: 12 });
    const value = fc.oneof(lists, fc.record({ a: lists, b: lists }), fc.record({ deep: fc.record({ a: lists }) }));
    fc.assert(
      fc.property(value, one => size(fitted(one)) <= ROOM_BYTES),
      { numRuns: 20 },
    );
  });

  it('that has no list to cut is an error that says where to look', () => {
    expect(() => fitted({ text: 'x'.repeat(2 * ROOM_BYTES) })).toThrow(/Use the command line/);
  });
});
