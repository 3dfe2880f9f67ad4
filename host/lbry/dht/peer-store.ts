/** Who announced which key to this node: forgotten after a day, and bounded, since anyone may announce anything. */

import type { Key } from './id.ts';
import type { Peer } from './messages.ts';

/** Ms after which an announce is forgotten. */
export const EXPIRY_MS = 86_400_000;
const MAX_KEYS = 20_000;
const MAX_PEERS_OF_KEY = 500;
/** One address behind which many keys are announced is nothing rare: a host announces all it has. */
const MAX_PEERS = 200_000;

/** Ms between looks through all keys for what is old: a full store is asked for room by every stranger. */
const SWEEP_MS = 60_000;

export interface PeerStore {
  /** `false` where there is no room for more. */
  add(key: Key, peer: Peer): boolean;
  /** In an order that stays the same while nobody announces. */
  peersOf(key: Key): Peer[];
  /** peers of all keys */
  readonly size: number;
}

/** `now`: Unix ms */
export function createPeerStore(now: () => number): PeerStore {
  const keys = new Map<Key, Map<string, { peer: Peer; announcedAt: number }>>();
  let size = 0;
  let sweptAt = Number.NEGATIVE_INFINITY;

  function expire(key: Key): void {
    const peers = keys.get(key);
    if (!peers) return;
    const oldest = now() - EXPIRY_MS;
    // The latest announce stands last.
    for (const [name, { announcedAt }] of peers) {
      if (announcedAt > oldest) break;
      peers.delete(name);
      size--;
    }
    if (peers.size === 0) keys.delete(key);
  }
  function sweep(): void {
    if (now() - sweptAt < SWEEP_MS) return;
    sweptAt = now();
    for (const key of [...keys.keys()]) expire(key);
  }
  function isFull(key: Key): boolean {
    const there = keys.get(key);
    return size >= MAX_PEERS || (there ? there.size >= MAX_PEERS_OF_KEY : keys.size >= MAX_KEYS);
  }

  return {
    get size() {
      return size;
    },
    add(key, peer) {
      expire(key);
      // A publisher has one entry for a key, wherever it announces from next.
      const known = keys.get(key)?.delete(peer.id) ?? false;
      if (known) size--;
      if (isFull(key)) sweep();
      if (isFull(key)) return false;
      const peers = keys.get(key) ?? new Map();
      peers.set(peer.id, { peer, announcedAt: now() });
      keys.set(key, peers);
      size++;
      return true;
    },
    peersOf(key) {
      expire(key);
      return [...(keys.get(key)?.values() ?? [])].map(({ peer }) => peer);
    },
  };
}
