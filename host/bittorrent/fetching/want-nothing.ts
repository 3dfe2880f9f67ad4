/** What is done where there is no fetching: nothing. */

import type { Torrent } from 'webtorrent';

/**
 * For a torrent that is only given, or not known yet. The library would ask a peer for what that one allows while it chokes
 * us (BEP 6), also for pieces that there are not, and throw where nobody catches it.
 */
export function wantNothing(torrent: Torrent): void {
  torrent._update = () => {};
  torrent._updateWire = () => {};
  torrent._updateWireInterest = () => {};
}
