/** Two sides that offered a WebRTC connection to each other at once: which of the two connections is made. */

import type { Torrent } from 'webtorrent';
import { PEER_ID_PREFIX } from './peer-id.ts';
import { isRtcPeer, type RtcPeer } from './webrtc.ts';

type OfferedPeer = RtcPeer & { id: string; initiator: boolean };

/**
 * Called with each connection that a tracker introduces, before the torrent is given it. WebTorrent answers every offer and
 * then refuses the answer to its own as a duplicate, so with two of its kind neither connection comes about, until an offer
 * of the next rounds meets none. The answer to our offer is worth more than our answer to theirs, then: they keep that one.
 * Two homes both know this, so of them the one with the smaller peer id makes the offer that counts.
 */
export function preferOurOffer(torrent: Torrent, found: unknown): void {
  if (!isOffered(found) || !found.initiator) return;
  const waiting = torrent._peers?.get(found.id);
  if (!waiting || waiting.connected || !isOffered(waiting.conn) || waiting.conn.initiator) return;
  if (isHome(found.id) && torrent.client.peerId > found.id) return;
  torrent.removePeer(waiting);
}

function isOffered(peer: unknown): peer is OfferedPeer {
  return isRtcPeer(peer) && 'initiator' in peer && 'id' in peer;
}

/** `id`: a peer id as hex */
function isHome(id: string): boolean {
  return id.startsWith(Buffer.from(PEER_ID_PREFIX).toString('hex'));
}
