/** The library's peer behind a wire. */

import type { Peer, Torrent, Wire } from 'webtorrent';

export function peerOf(torrent: Torrent, wire: Wire): Peer | undefined {
  return [...(torrent._peers?.values() ?? [])].find(each => each.wire === wire);
}
