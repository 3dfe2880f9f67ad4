/** When what was downloaded was given back enough: as often, or for as long, as the person set. */

import type { TransferLimits } from './torrents.ts';

export interface GivenBack {
  /** bytes of it */
  size: number;
  /** Unix ms since when it is whole, or is given anew */
  since: number;
  /** bytes that peers were given since then; asked only where it matters */
  served(): number;
}

export type SeedLimits = Pick<TransferLimits, 'seedRatio' | 'seedMs'>;

/** `now`: Unix ms */
export function isGivenBack({ seedRatio = null, seedMs = null }: SeedLimits, given: GivenBack, now: number): boolean {
  if (seedMs !== null && now - given.since >= seedMs) return true;
  return seedRatio !== null && given.served() >= seedRatio * given.size;
}
