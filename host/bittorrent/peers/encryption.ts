/**
 * Outgoing connections are encrypted first, and plain the next time where the peer hung up before its handshake: some peers
 * accept no encryption, others accept nothing else. WebTorrent would try encryption each time.
 */

import { randomBytes } from 'node:crypto';
import type { Peer, Torrent } from 'webtorrent';
import { drawKeys } from './handshake.ts';

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
    if (made) exchangeOwnKeys(made);
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

/**
 * The library tests the prime for each peer that it dials, which takes 30 ms, and throws where nobody catches it when the
 * peer's key is none. (bittorrent-protocol 5.0.9; its pipes are laid between the wire's making and its first word.)
 */
function exchangeOwnKeys(peer: Peer): void {
  const layPipes = peer.setThrottlePipes.bind(peer);
  peer.setThrottlePipes = () => {
    const encryptor = peer.wire?._encryptor;
    if (encryptor) {
      const { key, secretWith } = drawKeys();
      const computeSecret = (theirs: Uint8Array) => {
        const secret = secretWith(theirs);
        if (!secret) peer.destroy(new Error('its key is none'));
        // What it does with it until it sees that the peer is gone is for nobody.
        return secret ?? randomBytes(key.length);
      };
      Object.defineProperty(encryptor, 'dh', { value: { generateKeys: () => key, computeSecret } });
    }
    layPipes();
  };
}
