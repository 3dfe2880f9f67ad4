/** Which downloaded files of the catalogue were given back enough. */

import type { Id } from '../../shared/id.ts';
import type { Clock, TransferLimits } from '../core/ports.ts';
import { isGivenBack } from '../core/seeding-end.ts';
import type { Catalogue } from '../core/stored.ts';

export interface SeedingEndDeps {
  catalogue: Catalogue;
  clock: Clock;
  /** bytes of a download that peers were given since it was verified */
  served?(id: Id): number;
}

/** One that lies in a folder of the person's, too, is no request's, and served for ever. */
export function isSeedingOver(deps: SeedingEndDeps, limits: TransferLimits, id: Id): boolean {
  if ((limits.seedRatio ?? null) === null && (limits.seedMs ?? null) === null) return false;
  const download = deps.catalogue.download(id);
  if (!download || deps.catalogue.pathsOf(id).some(each => !each.download)) return false;
  const { size, verifiedAt: since } = download;
  return isGivenBack(limits, { size, since, served: () => deps.served?.(id) ?? 0 }, deps.clock.now());
}
