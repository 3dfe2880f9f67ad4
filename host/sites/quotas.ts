/** How many bytes each site's requests take, and whether one more fits. Made anew for each look: it is a sum of rows. */

import type { Id } from '../../shared/id.ts';
import type { Catalogue, RequestRow, RequestStore, SiteRow } from '../core/stored.ts';

export interface Quotas {
  /** Counts the request in, if it fits. A size that the site does not say counts as nothing until the file is here. */
  take(site: SiteRow, row: RequestRow): boolean;
  /** bytes of verified downloads */
  used(origin: string): number;
}

export interface QuotasDeps {
  catalogue: Pick<Catalogue, 'download'>;
  requests: Pick<RequestStore, 'ofSite'>;
  isStarted: (id: Id) => boolean;
}

export function createQuotas({ catalogue, requests, isStarted }: QuotasDeps): Quotas {
  const taken = new Map<string, { bytes: number; ids: Set<Id> }>();

  const kept = (row: RequestRow) => (row.state === 'done' ? (catalogue.download(row.id)?.size ?? 0) : 0);

  function takenBy(origin: string): { bytes: number; ids: Set<Id> } {
    const known = taken.get(origin);
    if (known) return known;
    const rows = requests.ofSite(origin);
    const running = rows.filter(row => row.state === 'open' && isStarted(row.id));
    const bytes = sum(rows.map(kept)) + sum(running.map(row => row.metadata?.size ?? 0));
    const made = { bytes, ids: new Set(running.map(row => row.id)) };
    taken.set(origin, made);
    return made;
  }

  return {
    take(site, row) {
      if (site.quota === null) return true;
      const total = takenBy(site.origin);
      const size = total.ids.has(row.id) ? 0 : (row.metadata?.size ?? 0);
      if (total.bytes + size > site.quota) return false;
      total.bytes += size;
      total.ids.add(row.id);
      return true;
    },
    used: origin => sum(requests.ofSite(origin).map(kept)),
  };
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
