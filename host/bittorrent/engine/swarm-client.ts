/** The one door to the WebTorrent library: a client with nothing on that could break a site's reach. */

import WebTorrent from 'webtorrent';
import { makePeerId } from '../peers/peer-id.ts';

export interface SwarmClient {
  readonly client: WebTorrent;
  /** where peers connect to */
  readonly port: number;
  close(): Promise<void>;
}

export interface SwarmOptions {
  /** where peers connect to: the daemon listens there, and hands them in */
  port: number;
  version: string;
  /** hex; one of its own where it is left out */
  peerId?: string;
  onTrouble(error: Error): void;
}

/** outgoing connections of one torrent */
const MAX_CONNECTIONS = 55;

export async function openSwarmClient(options: SwarmOptions): Promise<SwarmClient> {
  const client = new WebTorrent({
    peerId: options.peerId ?? makePeerId(options.version),
    userAgent: userAgent(options.version),
    // It must listen somewhere, and stops at once.
    torrentPort: { port: 0, host: '127.0.0.1' },
    maxConns: MAX_CONNECTIONS,
    // The daemon asks the router itself (nat.ts), where the person agreed.
    natUpnp: false,
    natPmp: false,
    // Each of these would send packets for torrents of reach `site`: they are joined torrent by torrent.
    lsd: false,
    dht: false,
    tracker: false,
    // engine.md: half the rate at twice the CPU, tried first, and it has no option for the address.
    utp: false,
  });
  listenNowhere(client, options.port);
  await new Promise<void>((resolve, reject) => {
    client.once('listening', resolve);
    client.once('error', reject);
  });
  client.on('error', options.onTrouble);
  return {
    client,
    port: options.port,
    close: () =>
      new Promise(resolve => {
        if (client.destroyed) resolve();
        else client.destroy(() => resolve());
      }),
  };
}

/** The port that it names to routers and to the DHT is the daemon's. */
function listenNowhere({ _connPool: pool }: WebTorrent, port: number): void {
  pool._onConnection = connection => connection.destroy();
  pool.tcpServer.address = () => ({ address: '', family: '', port });
  pool.tcpServer.once('listening', () => pool.tcpServer.close());
}

export function userAgent(version: string): string {
  return `LetsShareData/${version}`;
}
