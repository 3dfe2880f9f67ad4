/** Hashes that callers name, and peers as callers are told of them. */

import * as v from 'valibot';
import type { DhtPeer } from '../../../core/lbry.ts';
import { patienceMs } from '../../web/patience.ts';

/** s; what the network says in longer, it says in vain */
export const SEARCH_SECONDS = 30;
/** of those who have a blob, whoever says so */
const MOST_PEERS = 1_000;

export const HASH = v.pipe(
  v.string('must be text.'),
  v.regex(/^[0-9a-fA-F]{96}$/, 'must be 96 hexadecimal digits.'),
  v.description('96 hexadecimal digits'),
  v.toLowerCase(),
);
export const CONTACT = 'node_id, address, udp_port, tcp_port';

export function within(limit: number, signal: AbortSignal): AbortSignal {
  return AbortSignal.any([signal, AbortSignal.timeout(patienceMs(limit))]);
}

/** All that are found until there is no more, or no more time. */
export async function peersOf(found: AsyncIterable<DhtPeer>, limit: AbortSignal): Promise<DhtPeer[]> {
  const peers: DhtPeer[] = [];
  try {
    for await (const peer of found) if (peers.push(peer) >= MOST_PEERS) break;
  } catch (thrown) {
    if (!limit.aborted) throw thrown;
  }
  return peers;
}

export function peerView({ nodeId, address, tcpPort }: DhtPeer) {
  return { node_id: nodeId === '' ? null : nodeId, address, udp_port: null, tcp_port: tcpPort };
}
