/** The cap on reading: how the workers share it, told by the schedule and not by a stopwatch. */

import { expect, it } from 'vitest';
import { createTurns, setRate, takeTurn } from '../../../host/library/turns.ts';

const SECOND = 1_000_000_000n;

it('gives each its turn, so that all of them together read no more than the cap', () => {
  const turns = createTurns();
  setRate(turns, 1000);
  const starts = [500, 500, 1000, 250].map(bytes => takeTurn(turns, bytes, 5n * SECOND));
  expect(starts).toEqual([5n * SECOND, (11n * SECOND) / 2n, 6n * SECOND, 7n * SECOND]);
});

it('saves up nothing of the time in which nobody read', () => {
  const turns = createTurns();
  setRate(turns, 1000);
  takeTurn(turns, 1000, 0n);
  expect(takeTurn(turns, 1000, 100n * SECOND)).toBe(100n * SECOND);
  expect(takeTurn(turns, 1000, 100n * SECOND)).toBe(101n * SECOND);
});

it('begins anew when the cap changes, and holds nothing back without one', () => {
  const turns = createTurns();
  setRate(turns, 1);
  takeTurn(turns, 1_000_000, 0n);
  setRate(turns, 1000);
  expect(takeTurn(turns, 1000, 0n)).toBe(0n);
  expect(takeTurn(turns, 1000, 0n)).toBe(SECOND);
  setRate(turns, null);
  expect(takeTurn(turns, 1000, 0n)).toBe(0n);
});
