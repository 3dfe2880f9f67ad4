/** Ids that are taken out of a reply while it arrives, in whatever pieces. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createIdFilter } from '../../../host/sites/id-filter.ts';
import { createIdList } from '../../../host/sites/id-list.ts';
import { type Id, parseId } from '../../../shared/id.ts';

const id = fc.integer({ min: 0, max: 60 }).map(n => parseId((n * 0x1234567).toString(16).padStart(40, '7'))!);

function filtered(text: string, cuts: readonly number[] = [], field: 'ids' | 'update' = 'ids') {
  const taken = createIdList();
  const filter = createIdFilter(field, taken);
  const bytes = Buffer.from(text);
  const at = [0, ...cuts.map(cut => cut % (bytes.length + 1)).sort((a, b) => a - b), bytes.length];
  for (const [n, start] of at.slice(0, -1).entries()) filter.write(bytes.subarray(start, at[n + 1]));
  return { taken: [...taken], rest: filter.end() };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return 'no JSON';
  }
}

describe('a reply', () => {
  const odd = fc.oneof(
    fc.json().map(text => JSON.parse(text)),
    fc.string(),
    id,
    fc.constant('"]}\\'),
  );
  const list = fc.array(fc.oneof({ arbitrary: id, weight: 5 }, odd), { maxLength: 12 });
  const reply = fc.oneof(
    list,
    fc.record({ ids: list, update: list, other: odd }),
    fc.record({ status: fc.constant({ code: 200 }), data: fc.oneof(list, fc.record({ ids: list, more: odd })) }),
  );

  it('gives the same ids in any pieces, and the rest of it as it was', () => {
    fc.assert(
      fc.property(
        reply,
        fc.array(fc.nat(), { maxLength: 6 }),
        fc.constantFrom(undefined, 1, '\t'),
        (value, cuts, space) => {
          const { taken, rest } = filtered(JSON.stringify(value, null, space), cuts);
          const [whole, left] = [listOf(value), listOf(parse(rest))];
          expect(taken).toEqual(whole?.filter(one => parseId(one) !== undefined) ?? []);
          expect(left?.filter(one => one !== '')).toEqual(
            whole?.filter(one => parseId(one) === undefined && one !== ''),
          );
          if (whole === undefined) expect(parse(rest)).toEqual(value);
        },
      ),
    );
  });

  it('is JSON beside its ids exactly where it was JSON with them', () => {
    const scraps = [
      '"',
      '[',
      ']',
      '{',
      '}',
      ',',
      ':',
      ' ',
      '0',
      '1',
      'null',
      '"ids"',
      '"data"',
      '\\',
      `"${'a'.repeat(40)}"`,
      `"${'B'.repeat(40)}"`,
    ];
    const text = fc.array(fc.constantFrom(...scraps), { maxLength: 12 }).map(parts => parts.join(''));
    fc.assert(
      fc.property(
        fc.oneof(
          text,
          text.map(each => `[${each}]`),
          text.map(each => `{"ids":[${each}]}`),
        ),
        each => {
          expect(parse(filtered(each).rest) === 'no JSON').toBe(parse(each) === 'no JSON');
        },
      ),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['{"data":{"update":["A","B"],"ids":["C"]}}', 'update', 'AB'],
    ['{"data":{"update":["A","B"],"ids":["C"]}}', 'ids', 'C'],
    ['["A","B"]', 'update', ''],
    ['{"other":{"ids":["A"]},"data":{"deeper":{"ids":["B"]}}}', 'ids', ''],
    ['{"ids":[["A"],{"ids":["B"]},"C"]}', 'ids', 'C'],
  ] as const)('%s has as %s: %s', (text, field, names) => {
    const idOf = (name: string) => name.toLowerCase().repeat(40);
    const { taken } = filtered(
      text.replace(/"([ABC])"/g, (_, name: string) => `"${idOf(name)}"`),
      [],
      field,
    );
    expect(taken).toEqual([...names].map(idOf));
  });

  it('that holds too much beside its ids is refused', () => {
    const filter = createIdFilter('ids', createIdList());
    const junk = Buffer.alloc(1 << 20, '1');
    expect(() => {
      for (let n = 0; n < 20; n++) filter.write(junk);
    }).toThrow('beside its ids');
  });
});

/** What stands where the ids are expected; undefined where no list does. */
function listOf(value: unknown): unknown[] | undefined {
  if (Array.isArray(value)) return value;
  if (typeof value !== 'object' || value === null) return undefined;
  return 'ids' in value ? listOf(value.ids) : 'data' in value ? listOf(value.data) : undefined;
}

it('a list of ids is in order, each once, when it was sorted, and knows them', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(id), id, async (ids, other) => {
      const list = createIdList();
      for (const each of ids) list.push(each);
      await list.sort();
      const expected: Id[] = [...new Set(ids)].sort();
      expect([...list]).toEqual(expected);
      expect(list.length).toBe(expected.length);
      expect(list.has(other)).toBe(ids.includes(other));
    }),
  );
});

it('a list of 200,000 ids sorts across its pieces', async () => {
  const list = createIdList();
  const ids = Array.from(
    { length: 200_000 },
    (_, n) => parseId(((n * 7919) % 200_000).toString(16).padStart(40, '0'))!,
  );
  for (const each of ids) list.push(each);
  await list.sort();
  expect(list.length).toBe(200_000);
  let before = '';
  for (const each of list) {
    if (each <= before) throw new Error('not in order');
    before = each;
  }
});
