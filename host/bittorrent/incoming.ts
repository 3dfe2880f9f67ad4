/**
 * Incoming handshakes: which torrent a peer gets, if any. WebTorrent 3.0.21 has no event for a hash it does not know; its
 * connection pool awaits `client.get(infoHash)` for a plain handshake and `client._getByHash(sha1('req2' + infoHash))`
 * for an encrypted one. Both are answered here, for each connection with the address it came from.
 * What may not wake is `null`, as an unknown hash is, and the pool closes the connection.
 * test/host/bittorrent/incoming.test.ts pins this seam.
 */

import type WebTorrent from 'webtorrent';
import type { Torrent } from 'webtorrent';
import type { ConnectionCap } from './limits.ts';
import type { HashKind } from './link.ts';

export type Find = (kind: HashKind, hash: string, address: string) => Promise<Torrent | null>;

export function answerHandshakes(client: WebTorrent, find: Find, cap: ConnectionCap): void {
  const pool = client._connPool;
  const accept = pool._onConnection;
  pool._onConnection = (connection, type) => {
    if (!cap.admit(connection)) return;
    const lookup = async (kind: HashKind, hash: string) => {
      const torrent = await find(kind, hash, connection.remoteAddress ?? '');
      if (torrent) cap.settled(connection);
      return torrent;
    };
    accept.call({ _client: asSeenBy(client, lookup), _pendingConns: pool._pendingConns }, connection, type);
  };
}

/** The client with its two look-ups replaced; all else is the client's own. */
function asSeenBy(client: WebTorrent, lookup: (kind: HashKind, hash: string) => Promise<Torrent | null>): WebTorrent {
  return Object.create(client, {
    get: { value: (hash: string) => lookup('info', hash) },
    _getByHash: { value: (digest: string) => lookup('req2', digest) },
  });
}
