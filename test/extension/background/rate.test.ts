/** The cap of calls an origin. */

import { expect, it } from 'vitest';
import { createRate } from '../../../extension/background/rate.ts';

it('lets a burst through, then so many a second, each origin for itself', () => {
  let now = 0;
  const rate = createRate({ burst: 3, perSecond: 2, now: () => now });
  const take = (key: string, times: number) => Array.from({ length: times }, () => rate.take(key));
  expect(take('a', 4)).toEqual([true, true, true, false]);
  expect(rate.take('b')).toBe(true);
  now = 1000;
  expect(take('a', 3)).toEqual([true, true, false]);
  now = 60_000;
  expect(take('a', 4)).toEqual([true, true, true, false]);
});
