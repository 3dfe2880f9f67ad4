/** What the person set, for BitTorrent and whatever else moves bytes: who joins later is told what holds by then. */

import type { TransferLimits, TransferPauses } from '../../core/ports.ts';

export interface Movers {
  setLimits(limits: TransferLimits): void;
  setPaused(pauses: TransferPauses): void;
}

export interface FanOut extends Movers {
  /** Until what is returned is called. */
  join(mover: Movers): () => void;
}

export function createFanOut(first: Movers): FanOut {
  const movers = new Set([first]);
  let limits: TransferLimits | undefined;
  let pauses: TransferPauses | undefined;
  return {
    setLimits(next) {
      limits = next;
      for (const mover of movers) mover.setLimits(next);
    },
    setPaused(next) {
      pauses = next;
      for (const mover of movers) mover.setPaused(next);
    },
    join(mover) {
      movers.add(mover);
      if (limits) mover.setLimits(limits);
      if (pauses) mover.setPaused(pauses);
      return () => movers.delete(mover);
    },
  };
}
