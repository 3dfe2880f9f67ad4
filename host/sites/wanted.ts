/** What a site asks this home to seed now (`getRequests`), and nothing beside what this home shares with it. */

import type { Id } from '../../shared/id.ts';
import type { Events } from '../core/events.ts';
import type { Torrents, WantedId } from '../core/ports.ts';
import type { Catalogue, SiteRow, SiteStore } from '../core/stored.ts';
import type { Grants } from './grants.ts';
import type { Links } from './links.ts';
import type { WantedReply } from './replies.ts';
import type { Shared } from './shared.ts';
import type { SiteLog } from './site-log.ts';

export interface Wanted {
  /** What is shared with whom may be another now: what a site no longer shares sleeps at once. */
  review(): void;
  /** Takes over a reply; returns the ids that count. */
  apply(origin: string, reply: WantedReply): Id[];
  /** The ids that the site's last reply named and that count. */
  ids(origin: string): ReadonlySet<Id>;
  forget(origin: string): void;
}

export interface WantedDeps {
  catalogue: Catalogue;
  sites: SiteStore;
  grants: Grants;
  links: Pick<Links, 'meeting' | 'learnTrackers'>;
  shared: Shared;
  torrents: Torrents;
  events: Events;
  siteLog: SiteLog;
  /** sends the site the metadata of ids that it asks for and was never sent it of */
  describe: (origin: string, ids: Id[]) => Promise<void>;
  /** something is no longer shared with the site */
  onWithdrawn: (origin: string) => void;
}

const NOTHING: ReadonlySet<Id> = new Set();

export function createWanted(deps: WantedDeps): Wanted {
  const { catalogue, sites, grants, links, shared, torrents, events } = deps;
  const named = new Map<string, Set<Id>>();
  /** the last reply of each site */
  const replies = new Map<string, WantedReply>();
  /** pairs of origin and id that are being described now */
  const describing = new Set<string>();

  function withdraw(origin: string, reply: WantedReply): void {
    const ids = reply.withdrawn.filter(id => shared.has(origin, id));
    if (ids.length === 0) return;
    sites.withdraw(origin, ids);
    deps.siteLog.note(origin, 'withdrew', { ids: ids.length });
    for (const id of ids) {
      if (!isWantedElsewhere(origin, id)) torrents.stop(id);
      events.emit('item.changed', { id, origins: [origin] });
    }
    deps.onWithdrawn(origin);
  }

  function isWantedElsewhere(origin: string, id: Id): boolean {
    if (catalogue.isPublic(id)) return true;
    return [...named].some(([other, ids]) => other !== origin && ids.has(id));
  }

  function describeNew(origin: string, ids: Iterable<Id>): void {
    const key = (id: Id) => `${origin} ${id}`;
    const fresh = [...ids].filter(id => !describing.has(key(id)) && !sites.metadataSent(origin, id));
    if (fresh.length === 0) return;
    for (const id of fresh) describing.add(key(id));
    // What fails now is tried again by the next reply that names it.
    const done = () => {
      for (const id of fresh) describing.delete(key(id));
    };
    deps.describe(origin, fresh).then(done, done);
  }

  function tellChanges(origin: string, before: ReadonlySet<Id>, after: ReadonlySet<Id>): void {
    for (const id of new Set([...before, ...after])) {
      if (before.has(id) !== after.has(id)) events.emit('item.changed', { id, origins: [origin] });
    }
  }

  /** Hands over what counts of the last reply; returns it. */
  function tell(site: SiteRow, reply: WantedReply): Set<Id> {
    const { origin } = site;
    const ids = new Set(reply.ids.filter(id => shared.has(origin, id)));
    const before = named.get(origin) ?? NOTHING;
    named.set(origin, ids);
    const others = grants.list().filter(other => other.origin !== origin && grants.current(other.origin));
    const alsoSharedBy = (id: Id) => others.filter(other => shared.has(other.origin, id));
    const wanted = [...ids].map((id): [Id, WantedId] => {
      const also = alsoSharedBy(id).map(other => links.meeting(other));
      return [id, { peers: reply.peers.get(id) ?? [], ...(also.length > 0 && { also }) }];
    });
    torrents.setRequested(origin, links.meeting(site), new Map(wanted));
    for (const id of before) {
      if (!ids.has(id) && !shared.has(origin, id) && !isWantedElsewhere(origin, id)) torrents.stop(id);
    }
    tellChanges(origin, before, ids);
    return ids;
  }

  return {
    review() {
      for (const [origin, reply] of replies) {
        const site = grants.current(origin);
        if (site) tell(site, reply);
      }
    },
    apply(origin, reply) {
      const site = grants.require(origin);
      withdraw(origin, reply);
      const counted = reply.ids.filter(id => shared.has(origin, id));
      const ofMetadata = counted.flatMap(id => reply.metadataTrackers.get(id) ?? []);
      links.learnTrackers(origin, [...reply.trackers, ...ofMetadata]);
      replies.set(origin, reply);
      const before = named.get(origin) ?? NOTHING;
      const ids = tell(site, reply);
      const fresh = [...ids].filter(id => !before.has(id));
      if (fresh.length > 0) deps.siteLog.note(origin, 'asked', { ids: fresh.length });
      describeNew(origin, ids);
      return [...ids];
    },
    ids: origin => named.get(origin) ?? NOTHING,
    forget(origin) {
      named.delete(origin);
      replies.delete(origin);
    },
  };
}
