/** Two connections to one peer: one of them goes, and both sides choose the same. */

import type { Torrent, Wire } from 'webtorrent';
import { peerOf } from './peer-of.ts';

/** Called for each new connection, which is in `torrent.wires` by then. A WebRTC connection stays beside one over TCP. */
export function dropDuplicate(torrent: Torrent, wire: Wire): void {
  if (!wire.peerId || !isTcp(wire)) return;
  const other = torrent.wires.find(
    each => each !== wire && each.peerId === wire.peerId && isTcp(each) && !each.destroyed,
  );
  // Of two that the other side dialled it chooses one: the order in which they come can be another here.
  if (!other || (wire.type === 'tcpIncoming' && other.type === 'tcpIncoming')) return;
  const loser = wire.type === other.type ? wire : dialledBySmaller(torrent.client.peerId, wire, other);
  // The library would dial it again.
  const peer = peerOf(torrent, loser);
  if (peer) peer.retries = Number.POSITIVE_INFINITY;
  // Not before the handshake is answered: the other side has to see whom it is connected to twice.
  setImmediate(() => loser.destroy());
}

/** Of an incoming and an outgoing connection: the one that the side with the smaller peer id dialled. */
function dialledBySmaller(ours: string, wire: Wire, other: Wire): Wire {
  const [incoming, outgoing] = wire.type === 'tcpIncoming' ? [wire, other] : [other, wire];
  return ours > String(wire.peerId) ? incoming : outgoing;
}

function isTcp({ type }: Wire): boolean {
  return type === 'tcpIncoming' || type === 'tcpOutgoing';
}
