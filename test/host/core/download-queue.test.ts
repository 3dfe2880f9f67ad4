/** Which downloads run, of all rooms together: by their order, by who reads them, and by who finds a peer. */

import { describe, expect, it } from 'vitest';
import { createDownloadQueue, type QueuedDownload } from '../../../host/core/download-queue.ts';
import { holdsOf, type Queued, type QueueRules } from '../../../host/core/queue.ts';
import type { Reason } from '../../../shared/item.ts';

function queued(place: number, change: Partial<Queued> = {}): Queued {
  return { place, hold: null, isRunning: false, isStalled: false, isRead: false, ...change };
}
/** The reasons, in the order given. */
function reasons(all: Queued[], rules: Partial<QueueRules>): (Reason | null)[] {
  const holds = holdsOf(all, { active: null, inOrder: false, ...rules });
  return all.map(each => holds.get(each) ?? null);
}

describe('the rules', () => {
  it('run all where nothing is limited, and the first ones where something is, in the order of their places', () => {
    expect(reasons([queued(1), queued(2), queued(3)], {})).toEqual([null, null, null]);
    expect(reasons([queued(3), queued(1), queued(2)], { active: 2 })).toEqual(['queued', null, null]);
  });

  it('let what runs go on, unless the order itself is another', () => {
    const all = [queued(1), queued(2, { isRunning: true })];
    expect(reasons(all, { active: 1 })).toEqual(['queued', null]);
    expect(reasons(all, { active: 1, inOrder: true })).toEqual([null, 'queued']);
  });

  it('run others beside what takes nothing from them, and beside what somebody reads', () => {
    const stalled = queued(1, { isRunning: true, isStalled: true });
    expect(reasons([stalled, queued(2), queued(3)], { active: 1 })).toEqual([null, null, 'queued']);
    expect(reasons([queued(1), queued(2, { isRead: true })], { active: 1 })).toEqual(['queued', null]);
  });

  it('say first what holds it by itself', () => {
    const held = queued(1, { hold: 'no-space', isRead: true });
    expect(reasons([held, queued(2)], { active: 1 })).toEqual(['no-space', null]);
  });
});

/** A download of some room; `reason`: as it was told last, undefined: it was told nothing. */
function download(id: string, place: number) {
  const one = {
    id,
    peers: 1,
    isIdle: false,
    reason: undefined as Reason | null | undefined,
    get shown(): QueuedDownload {
      const { isIdle, peers } = one;
      const setHeld = (reason: Reason | null) => {
        one.reason = reason;
      };
      return { id, addedAt: place, hold: null, isRunning: one.reason === null, isIdle, peers, setHeld };
    },
  };
  return one;
}

it('rooms share one number: who comes first runs, and a room without one of its own makes way', async () => {
  const time = { now: 0 };
  const due: (() => void)[] = [];
  const after = (_: number, work: () => void) => {
    due.push(work);
    return () => void due.splice(due.indexOf(work), 1);
  };
  const queue = createDownloadQueue({ clock: { now: () => time.now }, after });
  const [a, b, c] = [download('a', 2), download('b', 1), download('c', 3)];
  const [ours, theirs] = [[a, b], [c]];
  const seats = [ours, theirs].map(all => queue.join({ downloads: () => all.map(({ shown }) => shown) }));
  const told = async () => {
    await Promise.resolve();
    return [a, b, c].map(({ reason }) => reason);
  };
  const look = async () => {
    for (const work of due.splice(0)) work();
    await new Promise(setImmediate);
  };
  queue.setActive(1);
  expect(await told()).toEqual(['queued', null, 'queued']);

  ours.splice(1, 1);
  seats[0]?.left('b');
  expect(await told()).toEqual([null, null, 'queued']);

  // Somebody reads it, so it runs beside the other, until a moment after they have gone.
  const gone = seats[1]?.read('c');
  expect(await told()).toEqual([null, null, null]);
  gone?.();
  gone?.();
  expect(due).toHaveLength(2);
  await look();
  expect(await told()).toEqual([null, null, 'queued']);

  // It finds nobody for 15 s.
  a.peers = 0;
  await look();
  time.now = 15_000;
  await look();
  expect(await told()).toEqual([null, null, null]);
  queue.setActive(null);
  for (const seat of seats) seat.close();
  expect(due).toEqual([]);
});
