/** Looks for peers of a stream for as long as it is fetched: in the hash table, at trackers, and among those that the options name. */

import { LsdError } from '../../../shared/errors.ts';
import { pause, type Timers } from '../../platform/timers.ts';
import type { BlobHash } from '../blob.ts';
import type { PeerAddress } from './client.ts';

/** Ms between rounds while nobody is connected, the first and the longest; and while somebody is. */
const FIRST_MS = 5_000;
const LONGEST_MS = 300_000;
const CONNECTED_MS = 120_000;
/** As lbry-sdk: those that are named in the options are asked a little later, for others to have their turn. */
const FIXED_AFTER_MS = 2_000;

export interface PeerSources {
  /** Who announced the key, as they are found. Throws LsdError. */
  announced(key: BlobHash, signal: AbortSignal): AsyncIterable<PeerAddress>;
  /** Whom the trackers name. */
  tracked(sdHash: BlobHash, signal: AbortSignal): AsyncIterable<PeerAddress>;
  fixed(): AsyncIterable<PeerAddress>;
  /** Resolves where its node of the hash table answers. Throws LsdError. */
  greet(peer: PeerAddress, signal: AbortSignal): Promise<void>;
  /** There is no other way than these. */
  isFixedFirst(): boolean;
}

export interface DiscoveryOptions {
  /** the stream's, and its first blob: those are what is announced */
  keys: readonly BlobHash[];
  sources: PeerSources;
  onPeer(peer: PeerAddress): void;
  connected(): number;
  timers: Timers;
}

/** Ends when `signal` aborts. */
export async function discover(options: DiscoveryOptions, signal: AbortSignal): Promise<void> {
  const { keys, sources, onPeer, connected, timers } = options;
  const addFixed = () => void takeAll(sources.fixed(), onPeer, signal);
  if (sources.isFixedFirst()) addFixed();
  else signal.addEventListener('abort', timers.after(FIXED_AFTER_MS, addFixed), { once: true });
  let wait = FIRST_MS;
  while (!signal.aborted) {
    const [sdHash] = keys;
    const ways = keys.map(key => sources.announced(key, signal));
    if (sdHash) ways.push(sources.tracked(sdHash, signal));
    await Promise.all(ways.map(way => takeAll(way, onPeer, signal)));
    await pause(timers, connected() > 0 ? CONNECTED_MS : wait, signal);
    wait = Math.min(LONGEST_MS, wait * 2);
  }
}

async function takeAll(way: AsyncIterable<PeerAddress>, onPeer: (peer: PeerAddress) => void, signal: AbortSignal) {
  try {
    for await (const peer of way) {
      if (signal.aborted) return;
      onPeer(peer);
    }
  } catch (thrown) {
    if (!signal.aborted && !(thrown instanceof LsdError)) throw thrown;
  }
}
