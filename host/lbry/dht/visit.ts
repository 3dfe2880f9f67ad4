/** A visit to the hash table: a node that joins, does one thing, and leaves. */

import { lookup } from 'node:dns/promises';
import { LsdError } from '../../../shared/errors.ts';
import { isAllowed } from '../../platform/addresses.ts';
import { createTimers } from '../../platform/timers.ts';
import { createDhtNode, type DhtNode, randomKey } from './node.ts';
import type { NodeAddress } from './rpc.ts';
import { openUdp } from './udp.ts';

/** By which the public network is entered, as of 2024 to 2026. */
const PUBLIC_NODES = [
  'dht.lbry.grin.io:4444',
  'dht.lbry.madiator.com:4444',
  'dht.lbry.pigg.es:4444',
  'dht.lizard.technology:4444',
  's1.lbry.network:4444',
  's2.lbry.network:4444',
];

export interface VisitOptions {
  /** `HOST:PORT`; empty: the public ones */
  bootstrap: readonly string[];
  /** private and loopback addresses may be spoken with */
  lan: boolean;
  /** UDP; 0 is any */
  port: number;
}

/** Throws `timeout` where no node answers. */
export async function visitDht<T>(
  { bootstrap, lan, port }: VisitOptions,
  work: (node: DhtNode) => Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  const seeds = await seedsOf(bootstrap.length > 0 ? bootstrap : PUBLIC_NODES, lan);
  await using socket = await openUdp({ address: '0.0.0.0', port });
  const node = createDhtNode({
    id: randomKey(),
    socket,
    timers: createTimers(thrown => {
      throw thrown;
    }),
    now: Date.now,
    mayContact: address => isAllowed(address, { lan }),
    ownPeer: () => undefined,
  });
  try {
    if ((await node.join(seeds, signal)) === 0) throw unreachable();
    return await work(node);
  } finally {
    node.close();
  }
}

/** Names that nobody knows are left out. */
async function seedsOf(names: readonly string[], lan: boolean): Promise<NodeAddress[]> {
  const found = await Promise.all(names.map(name => addressesOf(name)));
  return found.flat().filter(({ address }) => isAllowed(address, { lan }));
}

async function addressesOf(name: string): Promise<NodeAddress[]> {
  const { host, udpPort } = parts(name);
  const addresses = await lookup(host, { family: 4, all: true }).catch(() => []);
  return addresses.map(({ address }) => ({ address, udpPort }));
}

function parts(name: string): { host: string; udpPort: number } {
  const match = /^([^:\s]+):(\d{1,5})$/.exec(name);
  const udpPort = Number(match?.[2]);
  if (match && udpPort >= 1 && udpPort <= 65_535) return { host: match[1]!, udpPort };
  throw new LsdError('invalid', `"${name}" is no node: it must be HOST:PORT.`);
}

function unreachable(): LsdError {
  return new LsdError(
    'timeout',
    'No node of the LBRY hash table answers. Is UDP let through? Another can be named with --bootstrap HOST:PORT, one of your own network with --lan as well.',
  );
}
