/** Where requesters and holders of the archive's films meet: a tracker over HTTP and WebSocket, for these films only. */
import type { Server as HttpServer, IncomingMessage, ServerResponse } from 'node:http';
import { Server } from 'bittorrent-tracker';

export function createTracker(server: HttpServer, knows: (infoHash: string) => boolean) {
  const tracker = new Server({
    http: false, // both ride on the archive's own port
    udp: false,
    stats: false,
    interval: 5 * 60_000,
    ws: { noServer: true, clientTracking: true, maxPayload: 256 * 1024 },
    filter(infoHash, { offers }, done) {
      // A peer without an offer would make bittorrent-tracker 11 throw outside of any handler.
      if (Array.isArray(offers) && !offers.every(offer => offer?.offer)) return done(new Error('malformed offers'));
      done(knows(infoHash) ? null : new Error('not a film of this archive'));
    },
  });
  server.on('upgrade', (req, socket, head) => {
    if (req.url?.split('?')[0] !== '/announce') return socket.destroy();
    tracker.ws.handleUpgrade(req, socket, head, peer => tracker.ws.emit('connection', peer, req));
  });
  return {
    announce: (req: IncomingMessage, res: ServerResponse) => tracker.onHttpRequest(req, res, { action: 'announce' }),
    close() {
      for (const peer of tracker.ws.clients) peer.terminate();
      tracker.close();
    },
  };
}
