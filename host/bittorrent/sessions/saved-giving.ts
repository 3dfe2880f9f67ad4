/** How much of a saved download was given back, and whether that is enough. What was found whole is no download, and given for ever. */

import type { Clock } from '../../core/ports.ts';
import { isGivenBack, type SeedLimits } from '../../core/seeding-end.ts';

/** As it is kept. */
export interface Giving {
  /** Unix ms since when all that is wanted is here, or is given anew; null: not yet */
  since: number | null;
  /** that peers were given since then */
  bytes: number;
}

export interface SavedGivingDeps {
  clock: Clock;
  /** when the person wants it to end */
  limits(): SeedLimits;
  /** bytes of what is wanted */
  size(): number;
  onKept(): void;
}

export interface SavedGiving {
  /** null: it is no download */
  readonly kept: Giving | null;
  /** A part of it came from peers. `isAll`: it was the last. */
  came(isAll: boolean): void;
  /** All that is wanted was found here. */
  isHere(): void;
  /** Bytes that peers were given since it is in the engine; undefined: it is not. */
  onTraffic(uploaded: number | undefined): void;
  isOver(): boolean;
  /** It is given as if nothing had been. */
  anew(): void;
}

/** ms after which bytes that were given are written down */
const COUNT_MS = 60_000;

export function createSavedGiving(deps: SavedGivingDeps, kept: Giving | null): SavedGiving {
  const { clock, limits } = deps;
  let giving = kept;
  let counted = 0;
  let written = kept;
  let writtenAt = clock.now();

  function change(to: Giving): void {
    giving = to;
    written = to;
    writtenAt = clock.now();
    deps.onKept();
  }

  return {
    get kept() {
      return giving;
    },
    came(isAll) {
      if (isAll) change({ since: clock.now(), bytes: 0 });
      else if (!giving) change({ since: null, bytes: 0 });
    },
    isHere() {
      // The process ended before that was written down.
      if (giving?.since === null) change({ since: clock.now(), bytes: 0 });
    },
    onTraffic(uploaded) {
      const more = Math.max(0, (uploaded ?? 0) - counted);
      counted = uploaded ?? 0;
      if (!giving || giving.since === null) return;
      if (more > 0) giving = { ...giving, bytes: giving.bytes + more };
      // A clock that was set back must not keep it from being written.
      const isDue = uploaded === undefined || Math.abs(clock.now() - writtenAt) >= COUNT_MS;
      if (giving !== written && isDue) change(giving);
    },
    isOver() {
      if (!giving || giving.since === null) return false;
      const { since, bytes } = giving;
      return isGivenBack(limits(), { size: deps.size(), since, served: () => bytes }, clock.now());
    },
    anew() {
      if (giving) change({ since: giving.since && clock.now(), bytes: 0 });
    },
  };
}
