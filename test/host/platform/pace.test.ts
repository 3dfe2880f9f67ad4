/** Rates as accounts, by a clock in the test's hand: what passes in any span of time, and whose turn it is. */

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Account, createPace, MOMENT_MS, openAccount, type Pace } from '../../../host/platform/pace.ts';
import { createHands, type Hands } from '../../support/sites-room.ts';

const LARGEST_SLICE = 16 * 1024;

function stand() {
  const hands = createHands(0);
  return { hands, pace: createPace(hands) };
}

/** Sends for ever; tells when it sent how much. */
function sender(pace: Pace, accounts: Account[], hands: Hands, sent: { at: number; bytes: number }[]): void {
  const bytes = pace.slice(accounts, 1_000_000);
  pace.pay(
    () => accounts,
    bytes,
    () => {
      sent.push({ at: hands.now(), bytes });
      // As after a microtask: the others have their turn first.
      hands.after(0, () => sender(pace, accounts, hands, sent));
    },
  );
}

const sum = (sent: { bytes: number }[]) => sent.reduce((total, { bytes }) => total + bytes, 0);

/** How much more than the rate and the moment give was sent in any span of time. */
function mostOver(sent: { at: number; bytes: number }[], rate: number): number {
  let most = 0;
  for (let first = 0; first < sent.length; first++) {
    let within = 0;
    for (let last = first; last < sent.length; last++) {
      within += sent[last]!.bytes;
      most = Math.max(most, within - (rate * (sent[last]!.at - sent[first]!.at + MOMENT_MS)) / 1000);
    }
  }
  return most;
}

describe('an account', () => {
  it('lets pass in every span of time what its rate gives, the moment and one slice more, and no less when it is asked for', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_000, max: 1_000_000 }), fc.integer({ min: 1, max: 6 }), (rate, senders) => {
        const { hands, pace } = stand();
        const account = openAccount(rate);
        const sent: { at: number; bytes: number }[] = [];
        for (let n = 0; n < senders; n++) sender(pace, [account], hands, sent);
        hands.pass(1_000);
        expect(mostOver(sent, rate)).toBeLessThanOrEqual(LARGEST_SLICE + 1);
        expect(sum(sent)).toBe(account.passed);
        expect(sum(sent)).toBeGreaterThanOrEqual(rate - LARGEST_SLICE);
      }),
      { numRuns: 10 },
    );
  });

  it('is shared in equal parts by those who pay into it', () => {
    const { hands, pace } = stand();
    const account = openAccount(100_000);
    const parts = [1, 2, 3, 4].map(() => {
      const sent: { at: number; bytes: number }[] = [];
      sender(pace, [account], hands, sent);
      return sent;
    });
    hands.pass(10_000);
    const totals = parts.map(sum);
    expect(Math.max(...totals) - Math.min(...totals)).toBeLessThanOrEqual(LARGEST_SLICE);
  });

  it('of a site that is slow keeps nobody else waiting', () => {
    const { hands, pace } = stand();
    const [all, slow] = [openAccount(1_000_000), openAccount(10_000)];
    const [ofSlow, ofFast]: { at: number; bytes: number }[][] = [[], []];
    sender(pace, [all, slow], hands, ofSlow!);
    sender(pace, [all], hands, ofFast!);
    hands.pass(5_000);
    expect(sum(ofSlow!)).toBe(slow.passed);
    expect(slow.passed).toBeLessThanOrEqual(10_000 * 5.05 + LARGEST_SLICE);
    expect(slow.passed).toBeGreaterThanOrEqual(10_000 * 5 - LARGEST_SLICE);
    expect(sum(ofFast!) + sum(ofSlow!)).toBeGreaterThanOrEqual(5_000_000 - LARGEST_SLICE);
  });

  it('of no rate lets nothing pass until it has one, and of no limit everything at once', () => {
    const { hands, pace } = stand();
    const account = openAccount(0);
    let passed = 0;
    pace.pay(
      () => [account],
      10,
      () => passed++,
    );
    const giveUp = pace.pay(
      () => [account],
      10,
      () => passed++,
    );
    hands.pass(3_600_000);
    expect(passed).toBe(0);
    giveUp();
    account.rate = null;
    pace.review();
    expect(passed).toBe(1);
    expect(pace.slice([account], 5_000_000)).toBe(5_000_000);
  });
});
