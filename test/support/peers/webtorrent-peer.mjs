/** The process behind webtorrent.ts: one JSON argument, a PeerOrder; one line when the file is complete. */

import WebSocketTracker from 'bittorrent-tracker/websocket-tracker';
import WebTorrent from 'webtorrent';

/** @type {import('../peers.ts').PeerOrder} */
const order = JSON.parse(process.argv[2] ?? '');
// A browser says when it knows its addresses; webrtc-polyfill does not, and would be waited for 5 s.
const create = WebSocketTracker.prototype._createPeer;
WebSocketTracker.prototype._createPeer = function (options) {
  return create.call(this, { ...options, iceCompleteTimeout: 300 });
};
const client = new WebTorrent({
  torrentPort: { port: 0, host: '127.0.0.1' },
  natUpnp: false,
  natPmp: false,
  lsd: false,
  dht: false,
  utp: false,
  tracker: { rtcConfig: { iceServers: [] } },
});
const torrent = client.add(order.torrent ?? order.infoHash ?? '', {
  announce: order.trackers,
  path: order.folder,
  storeCacheSlots: 0,
});
torrent.on('done', () => console.log('complete'));
for (const from of [client, torrent]) {
  from.on('error', error => {
    console.error(error);
    process.exit(1);
  });
}
