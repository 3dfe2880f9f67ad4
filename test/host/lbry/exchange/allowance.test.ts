/** The rates of blobs, by a clock in the test's hand: what a change of them does to those who wait. */

import { describe, expect, it, onTestFinished } from 'vitest';
import { createAllowance, type Direction } from '../../../../host/lbry/exchange/allowance.ts';
import { createHands } from '../../../support/sites-room.ts';

const PEER = '192.0.2.1';
/** What a socket gives at once. */
const CHUNK = 64 * 1024;

function stand(direction: Direction) {
  const hands = createHands(0);
  const allowance = createAllowance(hands);
  onTestFinished(() => allowance.close());
  let passed = 0;
  return {
    hands,
    limit(rate: number | null) {
      allowance.setLimits({ down: null, up: null, limitLan: false, [direction]: rate });
    },
    pay() {
      allowance.pay(direction, PEER, CHUNK, () => passed++);
    },
    passed: () => passed,
  };
}

describe.each(['down', 'up'] as const)('a new limit of what goes %s', direction => {
  it.each([
    ['a higher one', 10_000_000],
    ['a lower one', 500],
    ['none', null],
  ])('acts at once, whatever is owed by the old one: %s', (_, rate) => {
    const { hands, limit, pay, passed } = stand(direction);
    limit(1_000);
    pay();
    pay();
    hands.pass(1_000);
    expect(passed()).toBe(1);
    limit(rate);
    expect(passed()).toBe(2);
  });

  it('holds for all that passes from then on', () => {
    const { hands, limit, pay, passed } = stand(direction);
    limit(1_000);
    pay();
    limit(CHUNK);
    for (let n = 0; n < 3; n++) pay();
    expect(passed()).toBe(2);
    hands.pass(1_000);
    expect(passed()).toBe(3);
    hands.pass(1_000);
    expect(passed()).toBe(4);
  });
});
