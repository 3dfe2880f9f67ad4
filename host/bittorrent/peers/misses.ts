/** How fast an address may name torrents that nobody here knows: each is work, and may be a try to find out what is held. */

import { lineOf } from '../../platform/addresses.ts';
import { pause, type Timers } from '../../platform/timers.ts';

/** look-ups of unknown hashes that one address gets at once, and then one each … ms */
const MISS_BURST = 50;
const MISS_EVERY_MS = 100;
/**
 * ms that it waits at most, however many there were: who asks for what may wake can have the same address, and gives up after
 * a while (libtorrent after 10 s). All connections that may be before the door (connections.ts) get 40 a second by that.
 */
const LONGEST_WAIT_MS = 5_000;
/** addresses remembered; the oldest is forgotten first */
const MAX_ADDRESSES = 10_000;

export interface MissLimit {
  /**
   * Resolves when the address may have its next look-up, or `gone` aborts. It is never refused one: the hash may be one that
   * may wake.
   */
  turn(address: string, gone: AbortSignal): Promise<void>;
  /** It named an unknown hash. */
  missed(address: string): void;
}

/** Makes misses slow for an address that keeps causing them; `now`: ms, never set. */
export function createMissLimit(now: () => number, timers: Timers): MissLimit {
  /** by line, ms at which it has its whole burst again */
  const clearAt = new Map<string, number>();
  return {
    async turn(address, gone) {
      const ahead = (clearAt.get(lineOf(address)) ?? 0) - now() - MISS_BURST * MISS_EVERY_MS;
      if (ahead > 0) await pause(timers, ahead, gone);
    },
    missed(address) {
      const line = lineOf(address);
      const next = Math.max(clearAt.get(line) ?? 0, now()) + MISS_EVERY_MS;
      clearAt.delete(line);
      clearAt.set(line, Math.min(next, now() + MISS_BURST * MISS_EVERY_MS + LONGEST_WAIT_MS));
      const [oldest] = clearAt.keys();
      if (clearAt.size > MAX_ADDRESSES && oldest !== undefined) clearAt.delete(oldest);
    },
  };
}
