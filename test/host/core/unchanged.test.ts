/** Answers that are kept while nothing is written. */

import { expect, it } from 'vitest';
import { whileUnchanged } from '../../../host/core/unchanged.ts';

it('are asked for again after a write, and for another key', () => {
  let version = 1;
  const asked: string[] = [];
  const kept = whileUnchanged(
    () => version,
    key => asked.push(key) > 0 && key !== 'no',
  );
  expect([kept('yes'), kept('no'), kept('yes'), kept('no')]).toEqual([true, false, true, false]);
  expect(asked).toEqual(['yes', 'no']);
  version++;
  kept('no');
  expect(asked).toEqual(['yes', 'no', 'no']);
});

it('are bounded: asking for many keys forgets some, and stays right', () => {
  const kept = whileUnchanged(
    () => 1,
    key => key.length,
  );
  for (let at = 0; at < 25_000; at++) expect(kept('x'.repeat(at % 7) + at)).toBe(`${at}`.length + (at % 7));
});
