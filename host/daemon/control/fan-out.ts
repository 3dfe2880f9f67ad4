/**
 * What the person set, for BitTorrent and whatever else moves bytes: who joins later is told what holds by then. A rate of all
 * together is shared out: each may have an equal part of it, and what the others leave.
 */

import type { Rates } from '../../../shared/item.ts';
import type { TransferLimits, TransferPauses } from '../../core/ports.ts';
import type { Timers } from '../../platform/timers.ts';

/** how often it is looked what the others leave */
const SHARE_MS = 1_000;
/** of the rate; what changes by less is not worth telling */
const LEAST_CHANGE = 1 / 8;

export interface Movers {
  setLimits(limits: TransferLimits): void;
  setPaused(pauses: TransferPauses): void;
  /** bytes a second, now */
  rates(): Rates;
}

export interface FanOut extends Pick<Movers, 'setLimits' | 'setPaused'> {
  /** Until what is returned is called. */
  join(mover: Movers): () => void;
}

type Shares = Pick<TransferLimits, 'down' | 'up'>;

export function createFanOut(first: Movers, { after }: Timers): FanOut {
  const movers = new Map<Movers, Shares | undefined>([[first, undefined]]);
  let limits: TransferLimits | undefined;
  let pauses: TransferPauses | undefined;
  let rest = () => {};

  function share(mover: Movers, direction: keyof Shares): number | null {
    const all = limits?.[direction] ?? null;
    if (all === null) return null;
    const others = [...movers.keys()].filter(each => each !== mover);
    const taken = others.reduce((sum, each) => sum + each.rates()[direction], 0);
    return Math.round(Math.max(all / movers.size, all - taken));
  }

  function tell(mover: Movers): void {
    if (!limits) return;
    const shares = { down: share(mover, 'down'), up: share(mover, 'up') };
    movers.set(mover, shares);
    mover.setLimits({ ...limits, ...shares });
  }

  function isAnother(mover: Movers, direction: keyof Shares): boolean {
    const [before, now] = [movers.get(mover)?.[direction] ?? 0, share(mover, direction) ?? 0];
    return Math.abs(now - before) > LEAST_CHANGE * (limits?.[direction] ?? 0);
  }

  function tellAll(): void {
    for (const mover of movers.keys()) tell(mover);
    watch();
  }

  /** Where there is something to share, and somebody to share it with. */
  function watch(): void {
    rest();
    if (movers.size < 2 || !limits || (limits.down === null && limits.up === null)) return;
    rest = after(SHARE_MS, () => {
      for (const mover of movers.keys()) if (isAnother(mover, 'down') || isAnother(mover, 'up')) tell(mover);
      watch();
    });
  }

  return {
    setLimits(next) {
      limits = next;
      tellAll();
    },
    setPaused(next) {
      pauses = next;
      for (const mover of movers.keys()) mover.setPaused(next);
    },
    join(mover) {
      movers.set(mover, undefined);
      tellAll();
      if (pauses) mover.setPaused(pauses);
      return () => {
        movers.delete(mover);
        tellAll();
      };
    },
  };
}
