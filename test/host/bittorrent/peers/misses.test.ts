/** Who keeps naming torrents that nobody knows waits for each, but never for long: an honest peer may have the same address. */

import { beforeEach, describe, expect, it, vi } from 'vitest';
import { createMissLimit } from '../../../../host/bittorrent/peers/misses.ts';
import { createTimers } from '../../../../host/platform/timers.ts';

beforeEach(() => {
  vi.useFakeTimers();
  return () => void vi.useRealTimers();
});

const HOST = '192.0.2.1';

function stand() {
  const misses = createMissLimit(() => performance.now(), createTimers(vi.fn()));
  const miss = (address: string, times: number) => {
    for (let n = 0; n < times; n++) misses.missed(address);
  };
  /** ms until it is its turn */
  async function wait(address: string): Promise<number> {
    const from = performance.now();
    let at: number | undefined;
    void misses.turn(address, new AbortController().signal).then(() => {
      at = performance.now();
    });
    await vi.advanceTimersByTimeAsync(0);
    while (at === undefined && performance.now() - from < 60_000) await vi.advanceTimersByTimeAsync(10);
    return at === undefined ? Number.POSITIVE_INFINITY : at - from;
  }
  return { misses, miss, wait };
}

describe('an address that names unknown hashes', () => {
  it('gets the first at once, and waits for those after', async () => {
    const { miss, wait } = stand();
    miss(HOST, 50);
    expect(await wait(HOST)).toBe(0);
    miss(HOST, 10);
    expect(await wait(HOST)).toBe(1000);
    // What it waited is over.
    expect(await wait(HOST)).toBe(0);
  });

  it('waits for a moment only, after a hundred thousand, too', async () => {
    const { miss, wait } = stand();
    miss(HOST, 100_000);
    expect(await wait(HOST)).toBe(5000);
    // What it did not wait is forgotten.
    expect(await wait(HOST)).toBe(0);
  });

  it('keeps nobody else waiting', async () => {
    const { miss, wait } = stand();
    miss(HOST, 1000);
    expect(await wait('192.0.2.2')).toBe(0);
  });

  it.each([
    ['an IPv4 address in the form of IPv6', '::ffff:192.0.2.1', HOST],
    ['another of the same 64 bits, which one line has', '2001:db8:0:1::1', '2001:db8:0:1:ffff::2'],
  ])('is known again: %s', async (_, one, other) => {
    const { miss, wait } = stand();
    miss(one, 60);
    expect(await wait(other)).toBe(1000);
  });

  it('of other 64 bits is another', async () => {
    const { miss, wait } = stand();
    miss('2001:db8:0:1::1', 60);
    expect(await wait('2001:db8:0:2::1')).toBe(0);
  });
});

it('a turn is waited for no longer than somebody is there', async () => {
  const { misses, miss } = stand();
  miss(HOST, 100);
  const gone = new AbortController();
  let isOver = false;
  void misses.turn(HOST, gone.signal).then(() => {
    isOver = true;
  });
  await vi.advanceTimersByTimeAsync(10);
  expect([isOver, vi.getTimerCount()]).toEqual([false, 1]);
  gone.abort();
  await vi.advanceTimersByTimeAsync(0);
  expect([isOver, vi.getTimerCount()]).toEqual([true, 0]);
});
