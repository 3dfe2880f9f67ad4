/** When a downloaded file was given back enough: as often, or for as long, as the person set. */

import type { Id } from '../../shared/id.ts';
import type { Clock, TransferLimits } from '../core/ports.ts';
import type { Catalogue } from '../core/stored.ts';

export interface SeedingEndDeps {
  catalogue: Catalogue;
  clock: Clock;
  /** bytes of a download that peers were given since it was verified */
  served?(id: Id): number;
}

/** One that lies in a folder of the person's, too, is no request's, and served for ever. */
export function isSeedingOver(deps: SeedingEndDeps, limits: TransferLimits, id: Id): boolean {
  const { seedRatio = null, seedMs = null } = limits;
  if (seedRatio === null && seedMs === null) return false;
  const download = deps.catalogue.download(id);
  if (!download || deps.catalogue.pathsOf(id).some(each => !each.download)) return false;
  if (seedMs !== null && deps.clock.now() - download.verifiedAt >= seedMs) return true;
  return seedRatio !== null && (deps.served?.(id) ?? 0) >= seedRatio * download.size;
}
