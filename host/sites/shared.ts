/** What this home shares with a site now: the catalogue's word, without what the person blocked or the site withdrew. */

import { type Id, parseId, parseInfoHash } from '../../shared/id.ts';
import type { Blocklist, Catalogue, SiteStore } from '../core/ports.ts';

export interface Shared {
  /** in order of id, each once */
  ids(origin: string): IterableIterator<Id>;
  has(origin: string, id: Id): boolean;
  /** The person blocked the id, or an info hash of it. */
  isBlocked(id: Id): boolean;
}

export interface SharedDeps {
  catalogue: Catalogue;
  sites: SiteStore;
  blocklist: Blocklist;
}

export function createShared({ catalogue, sites, blocklist }: SharedDeps): Shared {
  /** Ids behind the blocklist, which is short; a look-up for each of a million files would not be. */
  function blockedIds(): Set<Id> {
    const ids = new Set<Id>();
    for (const hash of blocklist.list()) {
      const infoHash = parseInfoHash(hash);
      for (const id of [parseId(hash), infoHash && catalogue.torrent(infoHash)?.id]) if (id) ids.add(id);
    }
    return ids;
  }

  function isBlocked(id: Id): boolean {
    return blocklist.has(id) || catalogue.torrentsOf(id).some(({ infoHash }) => blocklist.has(infoHash));
  }

  return {
    *ids(origin) {
      const hidden = new Set([...blockedIds(), ...sites.withdrawnIds(origin)]);
      for (const id of catalogue.sharedIds(origin)) if (!hidden.has(id)) yield id;
    },
    has: (origin, id) => catalogue.isShared(origin, id) && !sites.isWithdrawn(origin, id) && !isBlocked(id),
    isBlocked,
  };
}
