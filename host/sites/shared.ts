/** What this home shares with a site now: the catalogue's word, without what the person blocked or the site withdrew. */

import { type Id, parseId, parseInfoHash } from '../../shared/id.ts';
import type { Blocklist } from '../core/preferences.ts';
import type { Catalogue, SiteStore } from '../core/stored.ts';

export interface Shared {
  /** in order of id, each once */
  ids(origin: string): IterableIterator<Id>;
  has(origin: string, id: Id): boolean;
  /** The person blocked the id, or an info hash of it. */
  isBlocked(id: Id): boolean;
  /** What the person means by a hash: an id, or an info hash of one. */
  idsBehind(hash: string): Id[];
}

export interface SharedDeps {
  catalogue: Catalogue;
  sites: SiteStore;
  blocklist: Blocklist;
}

export function createShared({ catalogue, sites, blocklist }: SharedDeps): Shared {
  function idsBehind(hash: string): Id[] {
    const infoHash = parseInfoHash(hash);
    return [parseId(hash), infoHash && catalogue.torrent(infoHash)?.id].filter(id => id !== undefined);
  }

  /** The list is short; a look-up for each of a million files would not be. */
  const blockedIds = () => blocklist.list().flatMap(idsBehind);

  return {
    // Merged, since a string that a Set is asked for leaves a copy until everything is collected: 50 MB for 1,000,000 ids.
    *ids(origin) {
      const hidden = [...blockedIds(), ...sites.withdrawnIds(origin)].sort();
      let at = 0;
      for (const id of catalogue.sharedIds(origin)) {
        while (at < hidden.length && hidden[at]! < id) at++;
        if (hidden[at] !== id) yield id;
      }
    },
    has: (origin, id) => catalogue.isShared(origin, id) && !sites.isWithdrawn(origin, id) && !blocklist.has(id),
    isBlocked: id => blocklist.has(id),
    idsBehind,
  };
}
