/** Conditional and range headers, held against RFC 9110. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { askedOf } from '../../../host/http/range-header.ts';

const SIZE = 1000;
const ETAG = '"abc"';
const asked = (headers: Record<string, string>, method = 'GET', etag: string | undefined = ETAG) =>
  askedOf(method, headers, { size: SIZE, etag });
const part = (start: number, end: number) => ({ kind: 'part', range: { start, end } });
const parts = (...ranges: [number, number][]) => ({
  kind: 'parts',
  ranges: ranges.map(([start, end]) => ({ start, end })),
});
const whole = { kind: 'whole' };
const unsatisfiable = { kind: 'unsatisfiable' };

describe('Range', () => {
  it.each([
    ['bytes=0-0', part(0, 1)],
    ['bytes=0-499', part(0, 500)],
    ['bytes=500-', part(500, 1000)],
    ['bytes=-200', part(800, 1000)],
    ['bytes=-5000', part(0, 1000)],
    ['bytes=900-5000', part(900, 1000)],
    ['BYTES=1-2', part(1, 3)],
    ['bytes=0-1,5-6', parts([0, 2], [5, 7])],
    ['bytes=500-600, 0-1', parts([500, 601], [0, 2])],
    ['bytes=0-1,5000-', part(0, 2)],
    ['bytes=1000-', unsatisfiable],
    ['bytes=-0', unsatisfiable],
    ['bytes=5000-6000,7000-', unsatisfiable],
    ['bytes=99999999999999999999-', unsatisfiable],
    ['bytes=5-2', whole],
    ['bytes=a-b', whole],
    ['bytes=', whole],
    ['bytes=--1', whole],
    ['bytes=1-2-3', whole],
    ['bytes', whole],
    ['items=0-1', whole],
    ['', whole],
    [
      `bytes=${Array.from({ length: 16 }, (_, i) => `${i * 10}-${i * 10}`)}`,
      expect.objectContaining({ kind: 'parts' }),
    ],
    [`bytes=${Array.from({ length: 17 }, (_, i) => `${i * 10}-${i * 10}`)}`, whole],
  ])('%s', (range, expected) => {
    expect(asked({ range })).toEqual(expected);
  });

  it('merges ranges that overlap, so that no answer is longer than the file', () => {
    expect(asked({ range: 'bytes=0-,0-,0-,0-' })).toEqual(part(0, 1000));
    expect(asked({ range: 'bytes=500-700,0-100,50-60,600-800' })).toEqual(parts([0, 101], [500, 801]));
  });

  it('never asks for more bytes than there are, whatever the header says', () => {
    const number = fc.option(fc.nat(1500), { nil: '' });
    const spec = fc.tuple(number, number).map(([a, b]) => `${a}-${b}`);
    fc.assert(
      fc.property(fc.array(spec, { maxLength: 20 }), specs => {
        const answer = asked({ range: `bytes=${specs.join(',')}` });
        const ranges = answer.kind === 'parts' ? answer.ranges : answer.kind === 'part' ? [answer.range] : [];
        for (const { start, end } of ranges) expect(start >= 0 && start < end && end <= SIZE).toBe(true);
        expect(ranges.reduce((sum, { start, end }) => sum + end - start, 0)).toBeLessThanOrEqual(SIZE);
      }),
    );
  });

  it('is ignored by HEAD', () => {
    expect(asked({ range: 'bytes=0-1' }, 'HEAD')).toEqual(whole);
    expect(asked({ range: 'bytes=5000-' }, 'HEAD')).toEqual(whole);
  });
});

describe('If-Range', () => {
  it.each([
    ['"abc"', part(0, 2)],
    ['"other"', whole],
    ['W/"abc"', whole],
    ['Wed, 21 Oct 2026 07:28:00 GMT', whole],
  ])('%s', (ifRange, expected) => {
    expect(asked({ range: 'bytes=0-1', 'if-range': ifRange })).toEqual(expected);
  });

  it('never holds while there is no ETag', () => {
    expect(askedOf('GET', { range: 'bytes=0-1', 'if-range': '"abc"' }, { size: SIZE, etag: undefined })).toEqual(whole);
  });
});

describe('If-None-Match', () => {
  it.each(['"abc"', 'W/"abc"', '"x", "abc"', '*'])('%s is not modified', header => {
    expect(asked({ 'if-none-match': header })).toEqual({ kind: 'not-modified' });
    expect(asked({ 'if-none-match': header, range: 'bytes=5000-' }, 'HEAD')).toEqual({ kind: 'not-modified' });
  });

  it('goes on where another file is meant, or nothing is verified yet', () => {
    expect(asked({ 'if-none-match': '"x"' })).toEqual(whole);
    expect(askedOf('GET', { 'if-none-match': '*' }, { size: SIZE, etag: undefined })).toEqual(whole);
  });
});
