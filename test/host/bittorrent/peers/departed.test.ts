/** A connection whose torrent has gone. */

import { expect, it } from 'vitest';
import { ignoreOnceGone } from '../../../../host/bittorrent/peers/departed.ts';

it('is deaf from the message on that took the torrent away', () => {
  const torrent = { destroyed: false };
  const acted: number[] = [];
  const parsing: number[] = [];
  const wire = {
    _onMessage(message: Uint8Array) {
      acted.push(message[0] ?? -1);
      if (message[0] === 2) torrent.destroyed = true;
    },
    _parse: (size: number) => void parsing.push(size),
  };
  type Given = Parameters<typeof ignoreOnceGone>;
  ignoreOnceGone(torrent as Given[0], wire as unknown as Given[1]);
  for (const type of [1, 2, 3]) wire._onMessage(Uint8Array.of(type));
  expect(acted).toEqual([1, 2]);
  expect(parsing).toEqual([Number.POSITIVE_INFINITY]);
});
