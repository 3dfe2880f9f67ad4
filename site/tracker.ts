/** Where requesters and holders of the archive's films meet: a tracker, over HTTP and WebSocket. */
import type { Server as HttpServer } from 'node:http';
import { Server } from 'bittorrent-tracker';
import type { Database } from './database.ts';

export function createTracker(server: HttpServer, { all }: Database) {
  const ws = { noServer: true, clientTracking: true, maxPayload: 256 * 1024 };
  const tracker = new Server({ http: false, udp: false, stats: false, interval: 5 * 60_000, ws, filter });
  function filter(infoHash: string, params: { offers?: unknown }, done: (refused: Error | null) => void) {
    // An offer that is no object would make bittorrent-tracker 11 throw where nothing can catch it.
    const good = !Array.isArray(params.offers) || params.offers.every(offer => offer?.offer);
    const [film] = all("SELECT 1 FROM films WHERE metadata ->> 'info_hash' = ? AND NOT withdrawn", infoHash);
    done(good && film ? null : new Error('not a film of this archive'));
  }
  server.on('upgrade', (req, socket, head) => {
    if (req.url?.split('?')[0] !== '/announce') return socket.destroy();
    tracker.ws.handleUpgrade(req, socket, head, peer => tracker.ws.emit('connection', peer, req));
  });
  return tracker;
}
