/** Several who move bytes, and one rate for all of them together. */

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import type { TransferLimits } from '../../../../host/core/ports.ts';
import { createFanOut, type FanOut, type Movers } from '../../../../host/daemon/control/fan-out.ts';
import { createTimers } from '../../../../host/platform/timers.ts';

interface Double extends Movers {
  told: TransferLimits[];
  /** bytes a second that it would move, if it might */
  wants: number;
}

let torrents: Double;
let lbry: Double;
let fanOut: FanOut;

/** It moves what it wants, as far as it may. */
function double(): Double {
  const told: TransferLimits[] = [];
  const mover: Double = {
    told,
    wants: 0,
    setLimits: limits => void told.push(limits),
    setPaused() {},
    rates() {
      const { down, up } = told.at(-1) ?? { down: null, up: null };
      return { down: Math.min(mover.wants, down ?? mover.wants), up: Math.min(mover.wants, up ?? mover.wants) };
    },
  };
  return mover;
}

beforeEach(() => {
  vi.useFakeTimers();
  [torrents, lbry] = [double(), double()];
  fanOut = createFanOut(torrents, createTimers(console.error));
});
afterEach(() => {
  vi.useRealTimers();
});

const seconds = (count: number) => vi.advanceTimersByTime(count * 1_000);
const down = () => [torrents, lbry].map(each => each.told.at(-1)?.down);
const moved = () => torrents.rates().down + lbry.rates().down;

it('both together move what the person set, whoever wants how much', () => {
  fanOut.setLimits({ down: 1_000, up: null });
  fanOut.join(lbry);
  for (const [ours, theirs] of [
    [5_000, 5_000],
    [5_000, 100],
    [100, 5_000],
    [5_000, 5_000],
  ] as const) {
    torrents.wants = ours;
    lbry.wants = theirs;
    seconds(3);
    expect(moved()).toBeLessThanOrEqual(1_000);
    expect(moved()).toBeGreaterThanOrEqual(875);
    expect(Math.min(...[torrents, lbry].map(each => each.rates().down))).toBeGreaterThanOrEqual(100);
  }
});

it('one that moves nothing leaves all of it to the other', () => {
  fanOut.setLimits({ down: 1_000, up: null });
  const leave = fanOut.join(lbry);
  torrents.wants = 5_000;
  seconds(3);
  expect(torrents.rates().down).toBe(1_000);
  lbry.wants = 5_000;
  seconds(3);
  expect(down()).toEqual([500, 500]);
  leave();
  expect(torrents.told.at(-1)).toEqual({ down: 1_000, up: null });
});

it('nobody is told again of what does not change, nor where there is no rate', () => {
  fanOut.setLimits({ down: null, up: null });
  fanOut.join(lbry);
  lbry.wants = 5_000;
  seconds(10);
  expect([torrents.told.length, lbry.told.length]).toEqual([2, 1]);
  expect(vi.getTimerCount()).toBe(0);
  fanOut.setLimits({ down: 1_000, up: 0 });
  seconds(3);
  const before = torrents.told.length;
  seconds(10);
  expect(torrents.told.length).toBe(before);
  expect(torrents.told.at(-1)).toMatchObject({ down: 500, up: 0 });
});
