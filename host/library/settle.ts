/** Step: waits until a file is still, the same size and mtime twice, so that half a copy is not hashed. */

import { lstat } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { type Clock, sameBytes } from '../core/ports.ts';
import { stampOf } from '../platform/files.ts';
import { isGone } from './gone.ts';
import type { Step } from './pipeline.ts';

/** Looks at a file that goes on changing, before it is left for later. */
const LOOKS = 10;

/**
 * A file whose mtime is older than twice `settleMs` is still already. The age also keeps a later write from getting the very
 * mtime that was recorded: the clock of a file system ticks every few milliseconds.
 */
export function createSettle({ clock, settleMs }: { clock: Clock; settleMs: number }): Step {
  return {
    name: 'settle',
    async run(candidate, signal) {
      for (let looks = 0; looks < LOOKS; looks++) {
        const age = clock.now() - Number(BigInt(candidate.stamp.mtimeNs) / 1_000_000n);
        if (age >= 2 * settleMs) return 'next';
        await delay(settleMs, undefined, { signal });
        const before = candidate.stamp;
        const now = await stampAt(candidate.path);
        if (!now) return 'done';
        candidate.stamp = now;
        // this ends the wait even where the mtime lies in the future
        if (sameBytes(before, now)) return 'next';
      }
      return 'restless';
    },
  };
}

async function stampAt(path: string) {
  try {
    const stats = await lstat(path, { bigint: true });
    return stats.isFile() && stats.size > 0n ? stampOf(stats) : undefined;
  } catch (thrown) {
    if (isGone(thrown)) return undefined;
    throw thrown;
  }
}
