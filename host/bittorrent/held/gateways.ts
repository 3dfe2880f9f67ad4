/** The torrents of the gateways within this room: each gateway has a client, a port and a cache of pieces of its own. */

import type { Events } from '../../core/events.ts';
import type { GatewayName, HeldTorrents, HoldingOptions } from '../../core/held-torrents.ts';
import { type ClientName, type FromEngine, nameKey, type Traffic } from '../engine/link.ts';
import type { PeerPorts } from '../reach/ports.ts';
import { createHolding, type Holding, type HoldingDeps } from './held-torrents.ts';

export interface GatewaysDeps extends Omit<HoldingDeps, 'client' | 'peerPort' | 'isPaused'> {
  events: Pick<Events, 'on'>;
  ports: Pick<PeerPorts, 'gateway'>;
}

export interface Gateways {
  open(gateway: GatewayName, options: HoldingOptions): Promise<HeldTorrents>;
  /** True: it was for one of them. */
  receive(message: FromEngine): boolean;
  onTraffic(byKey: ReadonlyMap<string, Traffic>): void;
  /** The engine is a new one. */
  restart(): void;
  /** They stand still, or go on. */
  setPaused(isPaused: boolean): void;
  close(): void;
}

export function createGateways({ events, ports, ...deps }: GatewaysDeps): Gateways {
  const all = new Map<ClientName, Holding>();
  let isPaused = false;
  const stop = events.on('blocklist.changed', ({ hash }) => {
    if (!deps.blocklist.has(hash)) return;
    for (const holding of all.values()) holding.blocked(hash);
  });
  return {
    async open(client, options) {
      const peerPort = await ports.gateway(client, options.peerPort);
      deps.send({ type: 'open', client, port: peerPort });
      const holding = await createHolding({ ...deps, client, peerPort, isPaused: () => isPaused }, options);
      all.set(client, holding);
      return holding;
    },
    receive(message) {
      const holding = 'name' in message && all.get(message.name.client);
      if (holding) holding.receive(message);
      return !!holding;
    },
    onTraffic(byKey) {
      for (const holding of all.values()) holding.onTraffic(name => byKey.get(nameKey(name)));
    },
    restart() {
      for (const holding of all.values()) holding.restart();
    },
    setPaused(next) {
      if (next === isPaused) return;
      isPaused = next;
      for (const holding of all.values()) holding.pauseChanged();
    },
    close() {
      stop();
      for (const holding of all.values()) holding.close();
    },
  };
}
