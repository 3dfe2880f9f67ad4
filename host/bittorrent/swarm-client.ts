/** The one door to the WebTorrent library: a client with nothing on that could break a site's reach. */

import { randomBytes } from 'node:crypto';
import WebTorrent from 'webtorrent';

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
  onTrouble(error: Error): void;
}

/** outgoing connections of one torrent */
const MAX_CONNECTIONS = 55;

export async function openSwarmClient(options: SwarmOptions): Promise<SwarmClient> {
  const client = new WebTorrent({
    peerId: peerId(options.version),
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

/** What the peer ids of all homes begin with. */
export const PEER_ID_PREFIX = '-LS';

/** `-LS0100-` for 0.1.0, and twelve random bytes; hex. */
function peerId(version: string): string {
  const [major = '0', minor = '0', patch = '0'] = version.split('.');
  const digits = `${major}${minor}${patch}0`.slice(0, 4).padEnd(4, '0');
  return Buffer.concat([Buffer.from(`${PEER_ID_PREFIX}${digits}-`, 'latin1'), randomBytes(12)]).toString('hex');
}
