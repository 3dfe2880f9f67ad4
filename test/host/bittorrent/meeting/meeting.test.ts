/** Where the peers of a torrent are met that several sites speak of. */

import { expect, it } from 'vitest';
import { mergeMeetings } from '../../../../host/bittorrent/meeting/meeting.ts';
import type { Meeting } from '../../../../host/core/ports.ts';

const named = (by: string, count: number, lan = false): Meeting => ({
  by,
  trackers: Array.from({ length: count }, (_, at) => `https://${by}${at}.example/announce`),
  webseeds: [],
  peers: [],
  stun: [],
  lan,
  reach: 'site',
});

it('a torrent is announced at so many trackers at most, and at those of the person in any case', () => {
  const own = ['udp://mine.example:1', 'udp://mine.example:2'];
  const { trackers } = mergeMeetings([named('a', 40), named('b', 40)], own);
  expect(trackers).toHaveLength(52);
  expect(trackers.slice(0, 2).map(({ at }) => at)).toEqual(own);
});

it('a tracker that two sites name counts once, and may be in the LAN only where both may', () => {
  const { trackers } = mergeMeetings([named('a', 2, true), named('a', 2)], []);
  expect(trackers.map(({ lan }) => lan)).toEqual([false, false]);
});
