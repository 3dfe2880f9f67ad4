/** WebTorrent as the pages of other sites use it: peers of WebSocket trackers alone, over WebRTC. One process a torrent. */

import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { end, type PeerOrder, type RealPeer } from '../peers.ts';
import { within } from '../swarm.ts';
import { tied } from '../tied.ts';

const PEER = fileURLToPath(new URL('./webtorrent-peer.mjs', import.meta.url));

export async function startWebTorrent(order: PeerOrder): Promise<RealPeer> {
  const child = spawn(...tied(process.execPath, [PEER, JSON.stringify(order)]), {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const complete = Promise.withResolvers<void>();
  complete.promise.catch(() => {});
  createInterface({ input: child.stdout }).on('line', () => complete.resolve());
  child.once('exit', code => complete.reject(new Error(`the WebTorrent peer ended with ${code}`)));
  return { port: 0, complete: ms => within('WebTorrent to complete', complete.promise, ms), close: () => end(child) };
}
