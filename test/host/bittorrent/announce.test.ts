import { describe, expect, it } from 'vitest';
import { type AnnounceState, announceAfter } from '../../../host/bittorrent/announce.ts';

const calm: AnnounceState = { urgent: false, round: 0, interval: 0, minInterval: 0 };

describe('the next announce', () => {
  it('comes after 5, 10, 20 and 40 s, and then each minute, while there is no peer', () => {
    const times = [0, 1, 2, 3, 4, 5, 100].map(round => announceAfter({ ...calm, urgent: true, round }));
    expect(times).toEqual([5, 10, 20, 40, 60, 60, 60]);
  });

  it.each<[string, Partial<AnnounceState>, number]>([
    ['never under the least interval of the tracker', { urgent: true, minInterval: 30 }, 30],
    ['at the interval of the tracker where there are peers', { interval: 900, round: 3 }, 900],
    ['after half an hour where the tracker has none', {}, 1800],
    ['at the least interval where the other is shorter', { interval: 60, minInterval: 120 }, 120],
  ])('comes %s', (_, state, seconds) => {
    expect(announceAfter({ ...calm, ...state })).toBe(seconds);
  });
});
