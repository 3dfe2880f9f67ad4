/**
 * What a peer makes us say and does not take is held for it: rejections, metadata, and whatever else answers it. WebTorrent
 * holds all of it, so that a peer that asks without an end and reads nothing takes all memory. (Blocks: limits.ts.)
 */

import type { Torrent, Wire } from 'webtorrent';

/** the rejections of a choke and the news of pieces are some thousands, for a peer that stands still for a while */
const MAX_MESSAGES = 16_384;
/** bytes beside the metadata, of which a peer may ask for all at once */
const MAX_BYTES = 4 * 1024 * 1024;

export function limitUntaken(torrent: Torrent, wire: Wire): void {
  const push = wire._push.bind(wire);
  let isOver = false;
  wire._push = data => {
    // It works through all that was read before it closes.
    if (isOver) return;
    push(data);
    const { buffered, queue } = wire._readableState;
    isOver = queue.length > MAX_MESSAGES || buffered > MAX_BYTES + (torrent.metadata?.length ?? 0);
    if (isOver) wire.destroy();
  };
}
