/** The library's peer behind a wire, and what they speak over. */

import type { Peer, Torrent, Wire } from 'webtorrent';

export function peerOf(torrent: Torrent, wire: Wire): Peer | undefined {
  return [...(torrent._peers?.values() ?? [])].find(each => each.wire === wire);
}

export function isTcp({ type }: Wire): boolean {
  return type === 'tcpIncoming' || type === 'tcpOutgoing';
}
