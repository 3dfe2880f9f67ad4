/** LBRY's hash table over the control interface. */

import { LsdError } from '../../shared/errors.ts';
import type { DhtPeer, LbryMethods } from '../../shared/lbry-methods.ts';
import type { LbryDht } from '../core/lbry.ts';
import type { Handlers } from './control.ts';

/** So many peers of one key are told at most. */
const MOST_PEERS = 1_000;

export interface HashTableDeps {
  /** null: there is none */
  hashTable(): LbryDht | null;
}

export function lbryHandlers({ hashTable }: HashTableDeps, closed: AbortSignal): Handlers<LbryMethods> {
  const table = () => {
    const there = hashTable();
    if (there) return there;
    throw new LsdError('not-configured', "LBRY's hash table is off. Start the daemon with --lbry.");
  };
  return {
    async 'lbry.find'({ key }) {
      const peers: DhtPeer[] = [];
      for await (const peer of table().find(key, closed)) {
        peers.push(peer);
        if (peers.length === MOST_PEERS) break;
      }
      return { peers };
    },
    async 'lbry.announce'({ key, port = null }) {
      return table().announce(key, port, closed);
    },
  };
}
