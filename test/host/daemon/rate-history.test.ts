/** The rates of the last minutes, hour and day. */

import { beforeEach, expect, it } from 'vitest';
import { createEvents, type Events } from '../../../host/core/events.ts';
import { createRateHistory, type RateHistoryKeeper } from '../../../host/daemon/rate-history.ts';
import { type Id, parseId } from '../../../shared/id.ts';

const ID: Id = parseId('a'.repeat(40))!;
const START = 1_800_000_000_000;
let now: number;
let events: Events;
let history: RateHistoryKeeper;

beforeEach(() => {
  now = START;
  events = createEvents(thrown => {
    throw thrown;
  });
  history = createRateHistory({ events, clock: { now: () => now } });
});

const move = (down: number, up = 0) => events.emit('bytes.moved', { id: ID, by: [], down, up, held: false });

it('begins with nothing, for as long as it tells of', () => {
  const { step, end, down, up } = history.of('minutes');
  expect(step * (down.length + 1)).toBe(5 * 60_000);
  expect(end).toBe(START);
  expect([...down, ...up].every(rate => rate === 0)).toBe(true);
});

it('tells the rate of each step that is over, the newest last', () => {
  move(50_000, 5_000);
  move(50_000);
  expect(history.of('minutes').down.at(-1)).toBe(0);
  now += 5_000;
  move(10_000);
  expect(history.of('minutes').down.slice(-2)).toEqual([0, 20_000]);
  expect(history.of('minutes').up.at(-1)).toBe(1_000);
  now += 15_000;
  expect(history.of('minutes').down.slice(-5)).toEqual([0, 20_000, 2_000, 0, 0]);
});

it('forgets what is too long ago, in each span by its own length', () => {
  move(600_000);
  now += 6 * 60_000;
  expect(Math.max(...history.of('minutes').down)).toBe(0);
  expect(Math.max(...history.of('hour').down)).toBe(20_000);
  now += 2 * 3_600_000;
  expect(Math.max(...history.of('hour').down)).toBe(0);
  expect(Math.max(...history.of('day').down)).toBe(1_000);
});

it('begins anew when the clock is set back', () => {
  move(600_000);
  now -= 3_600_000;
  expect(Math.max(...history.of('minutes').down)).toBe(0);
  move(5_000);
  now += 5_000;
  expect(history.of('minutes').down.at(-1)).toBe(1_000);
});
