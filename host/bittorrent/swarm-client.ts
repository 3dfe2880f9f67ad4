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
  port: number;
  address: string | null;
  version: string;
  onTrouble(error: Error): void;
}

/** outgoing connections of one torrent */
const MAX_CONNECTIONS = 55;

/** how long a port is waited for: a daemon that was killed leaves it a moment later */
const PORT_PATIENCE_MS = 3_000;
const PORT_RETRY_MS = 100;

export async function openSwarmClient(options: SwarmOptions): Promise<SwarmClient> {
  const deadline = performance.now() + PORT_PATIENCE_MS;
  for (;;) {
    try {
      return await listen(options);
    } catch (thrown) {
      const taken = thrown instanceof Error && 'code' in thrown && thrown.code === 'EADDRINUSE';
      if (!taken || performance.now() > deadline) throw thrown;
      await new Promise(resolve => setTimeout(resolve, PORT_RETRY_MS));
    }
  }
}

async function listen(options: SwarmOptions): Promise<SwarmClient> {
  const client = new WebTorrent({
    peerId: peerId(options.version),
    userAgent: userAgent(options.version),
    // It hands this to `listen`, which also takes an address; the library has no option for one.
    torrentPort: { port: options.port, ...(options.address !== null && { host: options.address }) },
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
  await new Promise<void>((resolve, reject) => {
    client.once('listening', resolve);
    client.once('error', reject);
  });
  client.on('error', options.onTrouble);
  return {
    client,
    port: client.torrentPort,
    close: () =>
      new Promise(resolve => {
        if (client.destroyed) resolve();
        else client.destroy(() => resolve());
      }),
  };
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
