/** aria2 as a peer: one process a torrent, which ends by itself when a fetch is complete. */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { end, freePort, magnet, type PeerOrder, type RealPeer } from '../peers.ts';
import { within } from '../swarm.ts';
import { tied } from '../tied.ts';

export const hasAria2 = spawnSync('aria2c', ['--version']).error === undefined;

/** `plain`: it begins in the clear or encrypted, as it likes; it has no option to refuse encryption. */
export async function startAria2(order: PeerOrder): Promise<RealPeer> {
  const [port, udpPort] = [await freePort(), await freePort()];
  const options = {
    'no-conf': true,
    interface: '127.0.0.1',
    'disable-ipv6': true,
    'listen-port': port,
    // It asks UDP trackers through its DHT's socket only. It knows no node, and keeps none.
    'enable-dht': order.trackers.some(tracker => tracker.startsWith('udp:')),
    'dht-listen-port': udpPort,
    'dht-file-path': `${order.folder}/dht.dat`,
    'bt-enable-lpd': false,
    'enable-peer-exchange': false,
    'bt-force-encryption': order.encryption === 'encrypted',
    'file-allocation': 'none',
    dir: order.folder,
    ...(order.mode === 'seed'
      ? { 'bt-seed-unverified': true, 'seed-ratio': '0.0' }
      : { 'seed-time': 0, 'follow-torrent': 'mem' }),
  };
  const args = Object.entries(options).map(([name, value]) => `--${name}=${value}`);
  const child = spawn(...tied('aria2c', [...args, order.torrent ?? magnet(order)]), {
    stdio: ['ignore', process.env.LSD_PEER_LOG ? 'inherit' : 'ignore', 'inherit'],
  });
  const ended = once(child, 'exit');
  return {
    port,
    async complete() {
      const [code] = await within('aria2 to complete', ended);
      if (code !== 0) throw new Error(`aria2 ended with ${code}`);
    },
    close: () => end(child),
  };
}
