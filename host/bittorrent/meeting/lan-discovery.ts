/** LAN discovery (BEP 14): tells the local network which public torrents are awake, and hears who else has them. */

import { createSocket, type Socket } from 'node:dgram';

const GROUP = '239.192.152.143';
const PORT = 6771;
/** BEP 14: no more often than every 5 minutes */
const EVERY_MS = 5 * 60 * 1000;
/** a datagram that says more is no announce */
const MAX_BYTES = 1400;

export interface LanDiscovery {
  join(infoHash: string, onPeer: (address: string) => void): void;
  leave(infoHash: string): void;
  close(): void;
}

/** `address`: the interface to use; null = the system's choice. The socket opens with the first torrent. */
export function createLanDiscovery(options: {
  port: () => number;
  address: string | null;
  cookie: string;
  onTrouble(message: string): void;
}): LanDiscovery {
  const listeners = new Map<string, (address: string) => void>();
  let socket: Socket | undefined;
  let timer: NodeJS.Timeout | undefined;

  function open(): Socket {
    const made = createSocket({ type: 'udp4', reuseAddr: true });
    made.on('error', error => {
      options.onTrouble(error.message);
      made.close();
      if (socket === made) socket = undefined;
    });
    made.on('message', (message, from) => hear(message, from.address));
    // A socket at the chosen address would hear no group; one at the group's hears it, and speaks from the chosen one.
    made.bind({ port: PORT, ...(options.address && { address: GROUP }) }, () => {
      try {
        if (options.address) made.setMulticastInterface(options.address);
        made.addMembership(GROUP, options.address ?? undefined);
        for (const infoHash of listeners.keys()) announce(infoHash);
      } catch (thrown) {
        // Left open it would speak from another address.
        made.emit('error', thrown);
      }
    });
    made.unref();
    timer ??= setInterval(() => {
      for (const infoHash of listeners.keys()) announce(infoHash);
    }, EVERY_MS);
    timer.unref();
    return made;
  }

  function announce(infoHash: string): void {
    const text = [
      'BT-SEARCH * HTTP/1.1',
      `Host: ${GROUP}:${PORT}`,
      `Port: ${options.port()}`,
      `Infohash: ${infoHash}`,
      `cookie: ${options.cookie}`,
      '',
      '',
      '',
    ].join('\r\n');
    socket?.send(text, PORT, GROUP, error => error && options.onTrouble(error.message));
  }

  function hear(message: Buffer, address: string): void {
    const heard = message.length <= MAX_BYTES ? parseLanAnnounce(message.toString('latin1')) : undefined;
    if (!heard || heard.cookie === options.cookie) return;
    for (const infoHash of heard.infoHashes) listeners.get(infoHash)?.(`${address}:${heard.port}`);
  }

  return {
    join(infoHash, onPeer) {
      listeners.set(infoHash, onPeer);
      if (socket) announce(infoHash);
      else socket = open();
    },
    leave(infoHash) {
      listeners.delete(infoHash);
    },
    close() {
      clearInterval(timer);
      const closing = socket;
      socket = undefined;
      closing?.close();
    },
  };
}

/** What a BT-SEARCH datagram says; undefined when it is none. */
export function parseLanAnnounce(
  text: string,
): { port: number; infoHashes: string[]; cookie: string | undefined } | undefined {
  const [first, ...lines] = text.split('\r\n');
  if (first !== 'BT-SEARCH * HTTP/1.1') return undefined;
  const fields = lines.flatMap(line => {
    const match = /^([A-Za-z]+):\s*(\S+)$/.exec(line);
    return match ? [[match[1]!.toLowerCase(), match[2]!] as const] : [];
  });
  const port = Number(fields.find(([name]) => name === 'port')?.[1]);
  const infoHashes = fields.filter(([name]) => name === 'infohash').map(([, hash]) => hash.toLowerCase());
  if (!Number.isInteger(port) || port < 1 || port > 65535) return undefined;
  if (infoHashes.some(hash => !/^[0-9a-f]{40}$/.test(hash))) return undefined;
  return { port, infoHashes, cookie: fields.find(([name]) => name === 'cookie')?.[1] };
}
