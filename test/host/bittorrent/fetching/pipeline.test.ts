/** How many blocks a peer is asked for ahead. */

import { expect, it } from 'vitest';
import { createPipeline } from '../../../../host/bittorrent/fetching/pipeline.ts';

/** A peer with its rate and round trip, whose queue is always as full as the pipeline wants it. */
function fed({ blockMs, roundTrip, reqq }: { blockMs: number; roundTrip: number; reqq?: number }) {
  const pipeline = createPipeline(
    () => 0,
    () => reqq,
  );
  const feed = (urgency: 'bulk' | 'reader') => {
    for (let n = 0; n < 2000; n++) {
      const outstanding = pipeline.depth(urgency);
      pipeline.arrived(roundTrip + outstanding * blockMs, outstanding);
    }
    return pipeline.depth(urgency);
  };
  return { pipeline, feed };
}

it('begins with a few, before anything is known of the peer', () => {
  const pipeline = createPipeline(
    () => 0,
    () => undefined,
  );
  expect(pipeline.depth('bulk')).toBe(4);
  expect(pipeline.expectedMs(1)).toBe(Number.POSITIVE_INFINITY);
});

it.each([
  ['8 MB/s at 40 ms', { blockMs: 2, roundTrip: 40 }],
  ['1 MB/s at 200 ms', { blockMs: 16, roundTrip: 200 }],
])('keeps half a second of work at the peer: %s', (_, peer) => {
  const depth = fed(peer).feed('bulk');
  expect((depth * peer.blockMs) / 500).toBeGreaterThan(0.8);
  expect(depth * peer.blockMs - peer.roundTrip).toBeLessThan(700);
});

it('keeps about a second of work at a slow one, whose first four blocks count as its round trip', () => {
  const depth = fed({ blockMs: 130, roundTrip: 10 }).feed('bulk');
  expect(depth).toBeGreaterThanOrEqual(4);
  expect(depth).toBeLessThanOrEqual(8);
});

it('is short while a reader waits, since what it jumps to stands behind it', () => {
  const { feed } = fed({ blockMs: 2, roundTrip: 40 });
  feed('bulk');
  const depth = feed('reader');
  expect(depth * 2).toBeGreaterThan(20);
  expect(depth * 2).toBeLessThan(150);
});

interface Way {
  blockMs: number;
  /** ms, at a time in s */
  roundTrip: (second: number) => number;
  seconds: number;
  /** the part of the pipeline that is to be empty before more is asked for */
  refillPart?: number;
}

/** A peer that sends block after block for a film; what is asked for waits its turn there. */
function played({ blockMs, roundTrip, seconds, refillPart = 0 }: Way) {
  const clock = { now: 0 };
  const pipeline = createPipeline(
    () => clock.now,
    () => undefined,
  );
  const onItsWay: { at: number; comes: number; outstanding: number }[] = [];
  /** blocks that came in each second */
  const came = new Array<number>(seconds + 1).fill(0);
  let free = 0;
  while (clock.now < seconds * 1000) {
    const half = roundTrip(clock.now / 1000) / 2;
    const depth = pipeline.depth('reader');
    const refills = depth - onItsWay.length >= depth * refillPart;
    while (refills && onItsWay.length < depth) {
      free = Math.max(free, clock.now + half) + blockMs;
      onItsWay.push({ at: clock.now, comes: free + half, outstanding: onItsWay.length + 1 });
    }
    const { at, comes, outstanding } = onItsWay.shift()!;
    clock.now = Math.max(clock.now, comes);
    pipeline.arrived(clock.now - at, outstanding);
    came[Math.min(seconds, Math.floor(clock.now / 1000))]!++;
  }
  return {
    queueMs: pipeline.depth('reader') * blockMs - roundTrip(seconds),
    share: came.map(n => (n * blockMs) / 1000),
  };
}

it('stays short while a film plays, though its own queue makes each block seem a longer way off', () => {
  const { queueMs, share } = played({ blockMs: 2, roundTrip: () => 40, seconds: 300 });
  expect(queueMs).toBeGreaterThan(5);
  expect(queueMs).toBeLessThan(120);
  expect(Math.min(...share.slice(2, -1))).toBeGreaterThan(0.8);
});

it('is as short where blocks are asked for in batches, each of which waits longer than the one before it', () => {
  const way = { blockMs: 2, roundTrip: () => 4, seconds: 60 };
  const [single, batched] = [played(way), played({ ...way, refillPart: 1 / 4 })];
  expect(batched.queueMs).toBeLessThan(single.queueMs + 5);
  expect(Math.min(...batched.share.slice(2, -1))).toBeGreaterThan(0.8);
});

it('does not run dry when the way becomes longer than its queue', () => {
  const { share } = played({ blockMs: 2, roundTrip: second => (second < 15 ? 20 : 150), seconds: 30 });
  const after = share.slice(18, -1);
  // Four blocks come one after the other every 10 s, to see how long the way is by now.
  expect(after.reduce((sum, each) => sum + each, 0) / after.length).toBeGreaterThan(0.85);
});

it('takes no block that was held up for the length of the way', () => {
  const clock = { now: 0 };
  const pipeline = createPipeline(
    () => clock.now,
    () => undefined,
  );
  for (let n = 0; n < 300; n++) {
    const outstanding = pipeline.depth('reader');
    pipeline.arrived(3 + outstanding * 2, outstanding);
  }
  clock.now = 11_000;
  expect(pipeline.depth('reader')).toBe(2);
  for (const ms of [40, 13, 14, 13]) pipeline.arrived(ms, 2);
  expect(pipeline.depth('reader')).toBeGreaterThan(2);
  expect(pipeline.expectedMs(0)).toBe(13);
});

it('is longer where blocks do not come evenly, so that the peer does not run dry', () => {
  const uneven = (second: number) => 40 + 25 * Math.abs(Math.sin(second * 137));
  const { share } = played({ blockMs: 2, roundTrip: uneven, seconds: 60 });
  const after = share.slice(3, -1);
  expect(after.reduce((sum, each) => sum + each, 0) / after.length).toBeGreaterThan(0.9);
});

it('is never longer than the peer says it takes', () => {
  expect(fed({ blockMs: 0.1, roundTrip: 1, reqq: 64 }).feed('bulk')).toBe(64);
  expect(fed({ blockMs: 0.1, roundTrip: 1 }).feed('bulk')).toBe(250);
});
