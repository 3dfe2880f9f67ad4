/** Bencode: what decodes encodes to the same bytes, everything else is refused by name. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  ascii,
  type BDict,
  BencodeError,
  type BValue,
  decode,
  decodePrefix,
  dict,
  encode,
  isDict,
  latin1,
} from '../../../host/core/bencode.ts';

const { value: anyValue } = fc.letrec<{ value: BValue }>(tie => ({
  value: fc.oneof(
    { depthSize: 'small' },
    fc.maxSafeInteger(),
    fc.bigInt({ min: -(1n << 70n), max: -(1n << 60n) }),
    fc.uint8Array({ maxLength: 40 }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc
      .array(fc.tuple(fc.uint8Array({ maxLength: 6 }).map(latin1), tie('value')), { maxLength: 4 })
      .map((entries): BDict => ({ entries: new Map(entries) })),
  ),
}));

/** Without `raw`, and with bytes as plain arrays, so that values compare by content. */
function plain(value: BValue): unknown {
  if (value instanceof Uint8Array) return latin1(value);
  if (Array.isArray(value)) return value.map(plain);
  if (!isDict(value)) return { integer: value };
  return { dict: [...value.entries].sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, plain(item)]) };
}

describe('properties', () => {
  it('decode(encode(x)) = x', () => {
    fc.assert(
      fc.property(anyValue, value => {
        expect(plain(decode(encode(value), DEEP))).toEqual(plain(value));
      }),
    );
  });

  it('encode(decode(b)) = b, or a BencodeError, for any bytes', () => {
    const token = fc.constantFrom('i', 'e', 'l', 'd', '0:', '1:a', '-', '0', '1', '3:abc', 'i0e', 'i-1e', 'de', 'le');
    const likely = fc.array(token, { maxLength: 12 }).map(tokens => ascii(tokens.join('')));
    fc.assert(
      fc.property(fc.oneof(likely, fc.uint8Array({ maxLength: 30 })), bytes => {
        try {
          expect(latin1(encode(decode(bytes)))).toBe(latin1(bytes));
        } catch (thrown) {
          if (!(thrown instanceof BencodeError)) throw thrown;
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('every cut of an encoding is refused', () => {
    fc.assert(
      fc.property(anyValue, fc.nat(), (value, cut) => {
        const bytes = encode(value);
        expect(() => decode(bytes.subarray(0, cut % bytes.length), DEEP)).toThrow(BencodeError);
      }),
    );
  });

  it('a value is found at the start of more bytes', () => {
    fc.assert(
      fc.property(anyValue, fc.uint8Array(), (value, rest) => {
        const bytes = encode(value);
        const { value: found, end } = decodePrefix(Buffer.concat([bytes, rest]), DEEP);
        expect(end).toBe(bytes.length);
        expect(plain(found)).toEqual(plain(value));
      }),
    );
  });
});

const DEEP = { maxDepth: 1000 };

describe('what is refused', () => {
  it.each([
    '',
    'i',
    'ie',
    'i-e',
    'i-0e',
    'i00e',
    'i01e',
    'i+1e',
    'i 1e',
    'i1.5e',
    'i1',
    '01:a',
    '-1:a',
    '2:a',
    ':a',
    '9999999999999999999999:a',
    'l',
    'li1e',
    'd',
    'd1:a',
    'd1:ae',
    'di1e1:ae',
    'd1:bi1e1:ai1ee',
    'd1:ai1e1:ai1ee',
    'x',
    'e',
    'i1ei2e',
  ])('%j', text => {
    expect(() => decode(ascii(text))).toThrow(BencodeError);
  });

  it('too deep a nest, before the stack is', () => {
    expect(() => decode(ascii('l'.repeat(33) + 'e'.repeat(33)))).toThrow(/deeper/);
    expect(() => decode(ascii('l'.repeat(32) + 'e'.repeat(32)))).not.toThrow();
    expect(() => decode(ascii('l'.repeat(10_000_000)))).toThrow(BencodeError);
  });

  it('a number that is no integer, and text that is no Latin-1, when encoding', () => {
    expect(() => encode(1.5)).toThrow(BencodeError);
    expect(() => encode(2 ** 60)).toThrow(BencodeError);
    expect(() => encode(-0)).not.toThrow();
    expect(() => encode(dict({ ł: 1 }))).toThrow(BencodeError);
  });
});

it('a dictionary keeps the bytes that it came from', () => {
  const bytes = ascii('d4:infod1:ai1ee1:zi2ee');
  const outer = decode(bytes);
  const info = isDict(outer) ? outer.entries.get('info') : undefined;
  expect(isDict(info) && latin1(info.raw!)).toBe('d1:ai1ee');
});

it('keys are sorted by their bytes', () => {
  expect(latin1(encode(dict({ b: 1, 'a\u00ff': 2, a: 3, gone: undefined, B: 4 })))).toBe(
    'd1:Bi4e1:ai3e2:a\u00ffi2e1:bi1ee',
  );
});

it('big integers come through exactly', () => {
  expect(decode(ascii('i9223372036854775807e'))).toBe(9223372036854775807n);
  expect(decode(ascii('i9007199254740991e'))).toBe(9007199254740991);
});

it('a dictionary of many entries decodes in time that grows with it', () => {
  const entries = Array.from({ length: 20_000 }, (_, n) => `6:${String(n).padStart(6, '0')}i${n}e`).join('');
  const value = decode(ascii(`d${entries}e`));
  expect(isDict(value) && value.entries.size).toBe(20_000);
});
