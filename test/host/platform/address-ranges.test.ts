/** Block lists: the forms they come in, and what they hold. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { countRanges, isInRanges, mergeRanges, parseRanges } from '../../../host/platform/address-ranges.ts';

describe('a list', () => {
  it.each([
    ['Some: body, who:1.2.3.4-1.2.3.9', ['1.2.3.4', '1.2.3.9', '::ffff:1.2.3.5'], ['1.2.3.3', '1.2.3.10']],
    ['1.2.3.4 - 1.2.3.9', ['1.2.3.7'], ['1.2.4.7']],
    ['001.009.010.008 - 001.009.010.011 , 000 , eMule', ['1.9.10.8', '1.9.10.11'], ['1.9.10.7', '1.9.8.9']],
    ['192.0.2.130/25', ['192.0.2.128', '192.0.2.255'], ['192.0.2.127', '192.0.3.0']],
    ['0.0.0.0/0', ['0.0.0.0', '255.255.255.255'], ['::1']],
    ['203.0.113.7', ['203.0.113.7'], ['203.0.113.6', '203.0.113.8']],
    ['2001:db8::/33 # a comment', ['2001:db8::1', '2001:db8:7fff:ffff::1'], ['2001:db8:8000::', '1.2.3.4']],
    ['2001:db8::5-2001:db8::7', ['2001:db8::6'], ['2001:db8::8']],
    ['::/0', ['::1', 'ffff::'], ['1.2.3.4']],
    ['::ffff:10.0.0.1', ['10.0.0.1'], ['10.0.0.2']],
    ['010.020.030.040', ['10.20.30.40'], ['8.16.24.32']],
    ['010.020.030.040/31 # a comment', ['10.20.30.40', '10.20.30.41'], ['8.16.24.32', '10.20.30.42']],
    ['089.000.001.002', ['89.0.1.2'], ['89.0.1.3']],
    ['::ffff:1.2.3.128/121', ['1.2.3.128', '1.2.3.255', '::ffff:1.2.3.130'], ['1.2.3.127', '1.2.4.0']],
    ['::ffff:010.020.030.000/120', ['10.20.30.9'], ['8.16.24.9']],
    ['::ffff:0:0/96', ['0.0.0.0', '255.255.255.255'], ['::1']],
    ['::ffff:1.2.3.4-::ffff:1.2.3.9', ['1.2.3.4', '1.2.3.9'], ['1.2.3.10']],
  ])('%s', (line, inside, outside) => {
    const { ranges, wrong } = parseRanges(`# comment\n\n${line}\r\n`);
    expect(wrong).toEqual([]);
    for (const address of inside) expect([address, isInRanges(ranges, address)]).toEqual([address, true]);
    for (const address of [...outside, 'archive.example', ''])
      expect([address, isInRanges(ranges, address)]).toEqual([address, false]);
  });

  it.each([
    ['1.2.3.9-1.2.3.4'],
    ['1.2.3.400-1.2.3.500'],
    ['name:'],
    ['1.2.3.0/33'],
    ['1.2.3.400'],
    ['1.2.3.400/24'],
    ['1.2.3.0/'],
    ['10'],
    ['10/8'],
    ['10-20'],
    ['1.2'],
    ['1.2.3/24'],
    ['0x01020304'],
    ['0x1.2.3.4'],
    ['::ffff:0x1.2.3.4'],
    // It would hold more than IPv4, and not what it names.
    ['::ffff:1.2.3.0/24'],
    ['::ffff:0:0/95'],
    ['::ffff:1.2.3.0/129'],
    ['2001:db8::9-2001:db8::1'],
    ['<html>'],
  ])('does not take %s for a range', line => {
    expect(parseRanges(line)).toMatchObject({ wrong: [line] });
    expect(countRanges(parseRanges(line).ranges)).toBe(0);
  });

  it("leaves what eMule's format allows", () => {
    const { ranges, wrong } = parseRanges('1.2.3.4 - 1.2.3.9 , 200 , allowed');
    expect([countRanges(ranges), wrong]).toEqual([0, []]);
  });

  it('of ranges that overlap or touch holds what each of them holds', () => {
    const address = fc.tuple(fc.integer({ min: 0, max: 300 }), fc.integer({ min: 0, max: 40 }));
    const text = ([first, length]: [number, number]) => {
      const dotted = (n: number) => `10.0.${n >> 8}.${n & 255}`;
      return `x:${dotted(first)}-${dotted(first + length)}`;
    };
    fc.assert(
      fc.property(fc.array(address), fc.array(address), fc.integer({ min: 0, max: 400 }), (one, two, n) => {
        const both = mergeRanges([one, two].map(each => parseRanges(each.map(text).join('\n')).ranges));
        const isThere = [...one, ...two].some(([first, length]) => n >= first && n <= first + length);
        expect(isInRanges(both, `10.0.${n >> 8}.${n & 255}`)).toBe(isThere);
        for (let at = 2; at < both.v4.length; at += 2) expect(both.v4[at]!).toBeGreaterThan(both.v4[at - 1]! + 1);
      }),
    );
  });
});
