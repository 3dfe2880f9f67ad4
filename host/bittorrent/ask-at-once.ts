/** Asks a peer that unchoked us right behind its handshake: WebTorrent listens for that a moment later, and would never ask it. */

import type { Torrent, Wire } from 'webtorrent';

export function askAtOnce(torrent: Torrent, wire: Wire): void {
  setImmediate(() => {
    if (!wire.destroyed && !wire.peerChoking && !torrent.destroyed) torrent._update();
  });
}
