/** Two connections to one peer: one of them goes, and both sides choose the same. */

import type { Torrent, Wire } from 'webtorrent';
import { contactAt } from './contact.ts';
import { isTcp } from './peer-of.ts';

/**
 * How long the other side has to choose, in ms. Two homes choose the same connection; of other programs each has a rule of
 * its own (aria2 keeps the one that was there first, libtorrent looks at addresses), and where each side ended the one that
 * the other keeps, none would be left.
 */
const THEIR_CHOICE_MS = 3_000;

/** Called for each new connection, which is in `torrent.wires` by then. A WebRTC connection stays beside one over TCP. */
export function dropDuplicate(torrent: Torrent, wire: Wire): void {
  if (!wire.peerId || !isTcp(wire)) return;
  const host = hostOf(wire);
  const other = torrent.wires.find(
    each => each !== wire && each.peerId === wire.peerId && isTcp(each) && hostOf(each) === host,
  );
  // Of two that the other side dialled it chooses one: the order in which they come can be another here.
  if (!other || (wire.type === 'tcpIncoming' && other.type === 'tcpIncoming')) return;
  const loser = wire.type === other.type ? wire : dialledBySmaller(torrent.client.peerId, wire, other);
  const timer = setTimeout(() => {
    // A wire is `destroyed` some turns after it left.
    if (torrent.wires.includes(wire) && torrent.wires.includes(other)) loser.destroy();
  }, THEIR_CHOICE_MS);
  timer.unref();
}

/** Of an incoming and an outgoing connection: the one that the side with the smaller peer id dialled. */
function dialledBySmaller(ours: string, wire: Wire, other: Wire): Wire {
  const [incoming, outgoing] = wire.type === 'tcpIncoming' ? [wire, other] : [other, wire];
  return ours > String(wire.peerId) ? incoming : outgoing;
}

/** Anyone may say that it is a peer that is connected already; from another host it is not believed. */
function hostOf(wire: Wire): string | undefined {
  return contactAt(wire.remoteAddress, 1)?.host;
}
