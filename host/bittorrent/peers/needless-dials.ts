/**
 * Dials that are not needed: the peer at that address is connected, whoever dialled. WebTorrent would dial it again each time
 * that it hears of it, and a second after it lost one of two connections, though the other stands. They are made when the
 * peer is gone.
 */

import type { Torrent, Wire } from 'webtorrent';
import { contactAt, contactOf } from './contact.ts';

/** addresses remembered, of one torrent; the oldest is forgotten first */
const MAX_REMEMBERED = 1000;
/** ms; as WebTorrent itself waits before it dials anew what hung up */
const AGAIN_MS = 1_000;

/** Who was met at an address. Another host may say that it is the same peer; that is for no one to rely on. */
interface Met {
  peerId: string;
  host: string;
  /** a dial that was put off, by whose word */
  dial?: { source: string | undefined };
}

/** Gives what is told of each new connection, which is in `torrent.wires` by then. */
export function spareNeedlessDials(torrent: Torrent): (wire: Wire) => void {
  const metAt = new Map<string, Met>();
  const dial = torrent._addPeer.bind(torrent);

  const isConnected = ({ peerId, host }: Met) =>
    torrent.wires.some(wire => wire.peerId === peerId && contactAt(wire.remoteAddress, 1)?.host === host);

  torrent._addPeer = (peer, type, source) => {
    const met = typeof peer === 'string' ? metAt.get(peer) : undefined;
    if (!met || torrent.destroyed || !isConnected(met)) return dial(peer, type, source);
    met.dial = { source };
    return null;
  };

  function remember(wire: Wire): void {
    const contact = contactOf(wire);
    if (!contact || !wire.peerId) return;
    const { address, host } = contact;
    const before = metAt.get(address);
    metAt.delete(address);
    metAt.set(address, { ...(before?.peerId === wire.peerId && before), peerId: wire.peerId, host });
    const [oldest] = metAt.keys();
    if (metAt.size > MAX_REMEMBERED && oldest !== undefined) metAt.delete(oldest);
  }

  /** What was put off because of it is not needless any more. */
  function left(wire: Wire): void {
    for (const [address, met] of metAt) {
      if (met.peerId !== wire.peerId || !met.dial || isConnected(met)) continue;
      const { source } = met.dial;
      delete met.dial;
      setTimeout(() => !torrent.destroyed && torrent._addPeer(address, 'tcp', source), AGAIN_MS).unref();
    }
  }

  return wire => {
    remember(wire);
    wire.on('extended', (name: string) => {
      if (name === 'handshake') remember(wire);
    });
    wire.once('close', () => {
      if (!torrent.destroyed) left(wire);
    });
  };
}
