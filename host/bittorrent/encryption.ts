/**
 * Outgoing connections are encrypted first, and plain the next time where the peer hung up before its handshake: some peers
 * accept no encryption, others accept nothing else. WebTorrent would try encryption each time.
 */

import type { Torrent } from 'webtorrent';

/** peers remembered as plain, of one torrent */
const MAX_REMEMBERED = 1000;

export function alternateEncryption(torrent: Torrent): void {
  const plain = new Set<string>();
  const add = torrent._addPeer.bind(torrent);

  torrent._addPeer = (peer, type, source) => {
    if (typeof peer !== 'string' || torrent.destroyed) return add(peer, type, source);
    const { client } = torrent;
    const { secure } = client;
    // The library reads it while it makes the peer, and only then.
    client.secure = plain.has(peer) ? 0 : secure;
    const made = add(peer, type, source);
    client.secure = secure;
    made?.once('disconnect', () => {
      if (made._handshakeDone) return;
      if (plain.delete(peer)) return;
      plain.add(peer);
      const [oldest] = plain;
      if (plain.size > MAX_REMEMBERED && oldest !== undefined) plain.delete(oldest);
      setImmediate(() => again(peer, type, source, made.retries + 1));
    });
    return made;
  };

  function again(peer: string, type: 'tcp' | 'utp', source: string | undefined, retries: number): void {
    if (torrent.destroyed) return;
    const made = torrent._addPeer(peer, type, source);
    if (made) made.retries = retries;
  }
}
