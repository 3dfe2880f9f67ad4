/**
 * What a peer sent to a torrent that has left the engine is not acted on. A connection works through what was read from it
 * before it closes, and WebTorrent's answers to requests and to PEX take for granted that the torrent's store and peers are
 * there: 'Cannot read properties of null', which ended the engine.
 */

import type { Torrent, Wire } from 'webtorrent';

export function ignoreOnceGone(torrent: Torrent, wire: Wire): void {
  const act = wire._onMessage.bind(wire);
  wire._onMessage = message => {
    if (torrent.destroyed) wire._parse(Number.POSITIVE_INFINITY, () => {});
    else act(message);
  };
}
