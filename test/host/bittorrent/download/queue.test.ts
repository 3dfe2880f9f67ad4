/** Why a site's download is held: by what is paused or used up, and by the room on the disk. */

import { describe, expect, it } from 'vitest';
import { holdOf, wishOfActive } from '../../../../host/bittorrent/download/queue.ts';
import { idOf } from '../../../support/sites-room.ts';
import { GOING, meeting, someBytes, wish } from '../../../support/swarm.ts';

const [A, B] = ['https://a.example', 'https://b.example'];
const ASKED: readonly string[][] = [[A], [A, B], [B]];

describe('a download', () => {
  it.each([
    ['everything', { all: 'on-battery' as const }, ['on-battery', 'on-battery', 'on-battery']],
    ['an id', { items: new Set([idOf(0)]) }, ['paused-by-user', null, null]],
    ['a site', { sites: new Set([A]) }, ['paused-by-user', null, null]],
    ['both sites', { sites: new Set([A, B]) }, ['paused-by-user', 'paused-by-user', 'paused-by-user']],
    ['a site that has used up its quota', { spent: new Set([A]) }, ['quota', null, null]],
    ['one and the other', { sites: new Set([B]), spent: new Set([A]) }, ['quota', 'quota', 'paused-by-user']],
  ])('is held where it belongs to what is paused alone: %s', (_, paused, expected) => {
    const pauses = { ...GOING, ...paused };
    expect(ASKED.map((by, n) => holdOf(idOf(n), by, { pauses, isFull: false }))).toEqual(expected);
  });

  it('is held while the disk has less room than is to stay free', () => {
    expect(holdOf(idOf(1), [A], { pauses: GOING, isFull: true })).toBe('no-space');
  });

  it('goes on for the sites that may, without telling the others', () => {
    const both = wish(someBytes(1), [meeting(null, { by: A }), meeting(null, { by: B })]);
    expect(wishOfActive(both, { ...GOING, sites: new Set([A]) }).meetings.map(({ by }) => by)).toEqual([B]);
    expect(wishOfActive(both, GOING)).toBe(both);
  });
});
