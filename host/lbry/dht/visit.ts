/** A visit to the hash table: a node that joins, does one thing, and leaves. */

import { LsdError } from '../../../shared/errors.ts';
import { isAllowed } from '../../platform/addresses.ts';
import { PUBLIC_LBRY_NODES } from '../../platform/config.ts';
import { createTimers } from '../../platform/timers.ts';
import { createDhtNode, type DhtNode, randomKey } from './node.ts';
import { seedsOf } from './seeds.ts';
import { openUdp } from './udp.ts';

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
  const seeds = await seedsOf(bootstrap.length > 0 ? bootstrap : PUBLIC_LBRY_NODES, lan);
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

function unreachable(): LsdError {
  return new LsdError(
    'timeout',
    'No node of the LBRY hash table answers. Is UDP let through? Another can be named with --bootstrap HOST:PORT, one of your own network with --lan as well.',
  );
}
