/** Peers whose address the person has blocked: none is let in, dialled or kept. */

import type { Peer, Torrent, Wire } from 'webtorrent';
import type { Net } from '../../platform/net.ts';
import { peerOf } from './peer-of.ts';

type Blocked = Pick<Net, 'isBlocked'>;

/** Of a connection that was made some other way than by a check, as a WebRTC one is. */
export function refuseBlocked(torrent: Torrent, wire: Wire, net: Blocked): void {
  const peer = peerOf(torrent, wire);
  if (net.isBlocked(addressOf(peer) ?? wire.remoteAddress ?? '')) wire.destroy();
}

/** Others are blocked now. */
export function dropBlocked(torrent: Torrent, net: Blocked): void {
  for (const wire of [...torrent.wires]) refuseBlocked(torrent, wire, net);
}

function addressOf(peer: Peer | undefined): string | undefined {
  return peer?.conn?.remoteAddress;
}
