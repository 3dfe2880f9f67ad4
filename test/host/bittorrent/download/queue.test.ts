/** Which downloads run: by order, by what is paused or used up, and by the room on the disk. */

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createPartialRoom } from '../../../../host/bittorrent/download/partial-room.ts';
import { holdsOf, type Queued, type QueueRules, wishOfActive } from '../../../../host/bittorrent/download/queue.ts';
import { idOf } from '../../../support/sites-room.ts';
import { GOING, meeting, someBytes, wish } from '../../../support/swarm.ts';

const [A, B] = ['https://a.example', 'https://b.example'];
const RULES: QueueRules = { pauses: GOING, active: null, isFull: false, inOrder: false };

function queued(n: number, change: Partial<Queued> = {}): Queued {
  return { id: idOf(n), place: n, by: [A], isRunning: false, isStalled: false, isRead: false, ...change };
}

/** The reasons, in the order of the numbers. */
function reasons(all: Queued[], rules: Partial<QueueRules>): (string | null)[] {
  const holds = holdsOf(all, { ...RULES, ...rules });
  return all.map(({ id }) => holds.get(id) ?? null);
}

describe('the queue', () => {
  it('runs all where nothing is limited, and the first ones where something is, in the order of their places', () => {
    expect(reasons([queued(1), queued(2), queued(3)], {})).toEqual([null, null, null]);
    expect(reasons([queued(3), queued(1), queued(2)], { active: 2 })).toEqual(['queued', null, null]);
  });

  it('lets what runs go on, unless the order itself is another', () => {
    const all = [queued(1), queued(2, { isRunning: true })];
    expect(reasons(all, { active: 1 })).toEqual(['queued', null]);
    expect(reasons(all, { active: 1, inOrder: true })).toEqual([null, 'queued']);
  });

  it('runs others beside what finds nobody', () => {
    const all = [queued(1, { isRunning: true, isStalled: true }), queued(2), queued(3)];
    expect(reasons(all, { active: 1 })).toEqual([null, null, 'queued']);
  });

  it('never makes wait for others what somebody reads', () => {
    expect(reasons([queued(1), queued(2, { isRead: true })], { active: 1 })).toEqual(['queued', null]);
  });

  it.each([
    ['everything', { all: 'on-battery' as const }, ['on-battery', 'on-battery', 'on-battery']],
    ['an id', { items: new Set([idOf(1)]) }, ['paused-by-user', null, null]],
    ['a site', { sites: new Set([A]) }, ['paused-by-user', null, null]],
    ['both sites', { sites: new Set([A, B]) }, ['paused-by-user', 'paused-by-user', 'paused-by-user']],
    ['a site that has used up its quota', { spent: new Set([A]) }, ['quota', null, null]],
    ['one and the other', { sites: new Set([B]), spent: new Set([A]) }, ['quota', 'quota', 'paused-by-user']],
  ])('holds what belongs to what is paused alone: %s', (_, pauses, expected) => {
    const all = [queued(1), queued(2, { by: [A, B] }), queued(3, { by: [B] })];
    expect(reasons(all, { pauses: { ...GOING, ...pauses } })).toEqual(expected);
  });

  it('holds all while the disk has less room than is to stay free', () => {
    expect(reasons([queued(1), queued(2, { isRead: true })], { isFull: true })).toEqual(['no-space', 'no-space']);
  });

  it('goes on for the sites that may, without telling the others', () => {
    const both = wish(someBytes(1), [meeting(null, { by: A }), meeting(null, { by: B })]);
    expect(wishOfActive(both, { ...GOING, sites: new Set([A]) }).meetings.map(({ by }) => by)).toEqual([B]);
    expect(wishOfActive(both, GOING)).toBe(both);
  });
});

describe('the room on the disk', () => {
  it('is given away once, without what stays free, and is free again when a download leaves', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'lsd-room-'));
    let free = 10_000_000;
    const room = createPartialRoom({ folder, partialPath: id => join(folder, id), freeBytes: async () => free });
    room.keep(1_000_000);
    expect(await Promise.all([room.take(idOf(1), 6_000_000), room.take(idOf(2), 6_000_000)])).toEqual([true, false]);
    expect(await room.take(idOf(3), 3_000_000)).toBe(true);
    await writeFile(join(folder, idOf(1)), Buffer.alloc(4_000_000));
    free -= 4_000_000;
    expect(await room.take(idOf(2), 1_200_000)).toBe(false);
    room.leave(idOf(3));
    expect(await room.take(idOf(2), 2_500_000)).toBe(true);
    expect(await room.isFull()).toBe(false);
    free = 999_999;
    expect(await room.isFull()).toBe(true);
    room.keep(0);
    expect(await room.isFull()).toBe(false);
    await rm(folder, { recursive: true });
  });
});
