/** Which worker takes a file: 1 and 2 are those of two cores, 3 and 4 the spare ones. */

import { describe, expect, it } from 'vitest';
import type { Waiting } from '../../../host/library/hash-queue.ts';
import { freeSlot } from '../../../host/library/hash-slots.ts';

type Kind = 'big' | 'small' | 'capped big' | 'capped small';

function task(kind: Kind): Waiting {
  return {
    size: 1,
    alone: kind.endsWith('big'),
    urgency: kind.startsWith('capped') ? 'verify' : 'now',
  };
}

/** Each kind is a group of one file. */
function slotFor(kind: Kind, loads: readonly Kind[][]): number | undefined {
  const slots = [0, 1, 2, 3].map(at => {
    const kinds = loads[at] ?? [];
    return { name: at + 1, groups: kinds.length, tasks: new Map(kinds.map((each, job) => [job, task(each)])) };
  });
  return freeSlot(slots, task(kind), ({ urgency }) => urgency === 'verify')?.name;
}

describe('without a cap', () => {
  it.each<[Kind, Kind[][], number | undefined]>([
    ['big', [], 1],
    ['big', [['small']], 2],
    ['big', [['small'], ['big']], undefined],
    ['small', [['big']], 2],
    ['small', [['small', 'small'], ['small']], 2],
    ['small', [['small', 'small'], ['big']], undefined],
  ])('a %s one beside %j goes to %s', (kind, loads, slot) => {
    expect(slotFor(kind, loads)).toBe(slot);
  });
});

describe('with a cap', () => {
  it.each<[Kind, Kind[][], number | undefined]>([
    ['big', [['capped big']], 2],
    ['big', [['capped big'], ['big']], 3],
    ['big', [['capped big'], ['big'], ['big']], undefined],
    ['big', [['capped big'], ['capped small'], ['big']], 4],
    ['big', [['capped big'], ['capped big'], ['big'], ['big']], undefined],
    ['small', [['capped small'], ['small']], 3],
    ['small', [['small', 'capped small'], ['capped small']], 3],
    ['capped big', [], 1],
    ['capped big', [['capped big'], ['capped big']], undefined],
    ['capped small', [['small'], ['big']], 1],
  ])('a %s one beside %j goes to %s', (kind, loads, slot) => {
    expect(slotFor(kind, loads)).toBe(slot);
  });
});
