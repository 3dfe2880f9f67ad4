/** How many bytes each site's requests take, and whether one more fits. Made anew for each look: it is a sum of rows. */

import type { Id } from '../../shared/id.ts';
import type { Reason } from '../../shared/item.ts';
import type { Catalogue, RequestRow, RequestStore, SiteRow } from '../core/stored.ts';

export interface Quotas {
  /**
   * Counts the request in, if it fits; else why it waits. What nobody knows the size of counts as nothing until its metadata
   * came, so one such at a time.
   */
  take(site: SiteRow, row: RequestRow): Reason | null;
  /** bytes of verified downloads */
  used(origin: string): number;
}

export interface QuotasDeps {
  catalogue: Pick<Catalogue, 'download'>;
  requests: Pick<RequestStore, 'ofSite'>;
  isStarted: (id: Id) => boolean;
  /** No metadata comes from there: others need not wait for it. */
  hasNoPeers: (id: Id) => boolean;
}

interface Taken {
  bytes: number;
  ids: Set<Id>;
  /** whose size will be known soon */
  unknown: Set<Id>;
}

export function createQuotas({ catalogue, requests, isStarted, hasNoPeers }: QuotasDeps): Quotas {
  const taken = new Map<string, Taken>();

  const kept = (row: RequestRow) => (row.state === 'done' ? (catalogue.download(row.id)?.size ?? 0) : 0);

  function takenBy(origin: string): Taken {
    const known = taken.get(origin);
    if (known) return known;
    const rows = requests.ofSite(origin);
    const running = rows.filter(row => row.state === 'open' && isStarted(row.id));
    const bytes = sum(rows.map(kept)) + sum(running.map(row => sizeOf(row) ?? 0));
    const unknown = running.filter(row => sizeOf(row) === null && !hasNoPeers(row.id));
    const made = { bytes, ids: new Set(running.map(row => row.id)), unknown: new Set(unknown.map(row => row.id)) };
    taken.set(origin, made);
    return made;
  }

  return {
    take(site, row) {
      if (site.quota === null) return null;
      const total = takenBy(site.origin);
      const size = sizeOf(row);
      const isIn = total.ids.has(row.id);
      // A file has one byte at least.
      if (total.bytes + (isIn ? 0 : (size ?? 1)) > site.quota) return 'quota';
      if (isIn) return null;
      if (size === null && total.unknown.size > 0) return 'queued';
      total.bytes += size ?? 0;
      total.ids.add(row.id);
      if (size === null) total.unknown.add(row.id);
      return null;
    },
    used: origin => sum(requests.ofSite(origin).map(kept)),
  };
}

/** bytes; null where nobody knows yet */
export function sizeOf({ metadata, learnedSize }: RequestRow): number | null {
  return metadata?.size ?? learnedSize;
}

function sum(numbers: number[]): number {
  return numbers.reduce((total, number) => total + number, 0);
}
