/**
 * A peer that the daemon let in (door.ts) becomes one of the library's: its connection, what it said so far, and the torrent
 * that it may have. WebTorrent 3.0.21 would hear the handshake itself and look the torrent up; here both are done, so it is
 * given what it would have heard, and of an encrypted one the secret that was agreed on.
 * test/host/bittorrent/reach/incoming.test.ts pins this seam.
 */

import type { Socket } from 'node:net';
import type { Torrent, Wire } from 'webtorrent';
import LibraryPeer from 'webtorrent/lib/peer.js';
import type { Introduction } from './door.ts';

export function welcome(torrent: Torrent, socket: Socket, { head, secret }: Introduction): void {
  const { client } = torrent;
  socket.unshift(head);
  const peer = LibraryPeer.createTCPIncomingPeer(socket, client.throttleGroups, client.secure);
  const { wire } = peer;
  if (secret) resumeKeyExchange(wire, secret);
  wire.once('crypto-infohash', () =>
    queueMicrotask(() => {
      if (!wire.destroyed) wire.setInfoHash(torrent.infoHash);
    }),
  );
  peer.swarm = torrent;
  torrent._addIncomingPeer(peer);
}

/**
 * The peer has our key already: the secret is taken over, and the library's own key is not sent. What would follow only then
 * is here by now, so it is looked at.
 */
function resumeKeyExchange(wire: Wire, secret: Uint8Array): void {
  const encryptor = wire._encryptor;
  if (!encryptor) return;
  encryptor.generateStepB2 = () => {
    encryptor.S = Buffer.from(secret);
    wire._push = () => {
      Reflect.deleteProperty(wire, '_push');
      queueMicrotask(() => {
        if (!wire.destroyed && wire._bufferSize > 0) wire._processBuffer();
      });
    };
    return new Uint8Array(0);
  };
}
