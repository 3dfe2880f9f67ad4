/** Which open requests are downloaded now, by which info hash, and why the others wait. */

import type { Id, InfoHash } from '../../shared/id.ts';
import type { Reason } from '../../shared/item.ts';
import type { Events } from '../core/events.ts';
import type { DownloadWish, Meeting, Torrents } from '../core/ports.ts';
import type { Blocklist } from '../core/preferences.ts';
import type { Catalogue, RequestMetadata, RequestRow, RequestStore, SiteRow, SiteStore } from '../core/stored.ts';
import { groupsBySize, isSameSize, type SizeGroup } from './claims.ts';
import type { Grants } from './grants.ts';
import type { Links } from './links.ts';
import { createQuotas, type Quotas } from './quotas.ts';
import type { Shared } from './shared.ts';

export interface Downloads {
  /** Starts, changes or cancels what the open requests of these ids now want; returns those whose site shares it already. */
  begin(ids: Id[]): RequestRow[];
  /** The download of the id is over. */
  ended(id: Id): void;
  /** Its metadata came: it is of so many bytes. */
  sized(id: Id, size: number): void;
  /** What it brought is not what was asked for: the next one begins from nothing. */
  failed(id: Id): void;
  /** Nobody describes it rightly, or nobody serves it: the site may know better by now. */
  isStuck(row: RequestRow): boolean;
  /** bytes kept of a site's requests */
  usedBy(origin: string): number;
}

export interface DownloadsDeps {
  catalogue: Catalogue;
  requests: RequestStore;
  sites: SiteStore;
  blocklist: Blocklist;
  grants: Grants;
  links: Pick<Links, 'meeting'>;
  shared: Shared;
  torrents: Torrents;
  events: Events;
  /** the user's own, which every torrent is announced to */
  userTrackers: string[];
}

interface Candidate {
  row: RequestRow;
  site: SiteRow;
  metadata: RequestMetadata & { infoHash: InfoHash };
}
interface Chosen extends Candidate {
  meeting: Meeting;
}
/** What the engine was asked for. */
interface Started {
  infoHash: InfoHash;
  size: number | null;
}
type Verdict = { here: true } | { waits: Reason } | { candidate: Candidate };

export function createDownloads(deps: DownloadsDeps): Downloads {
  const { catalogue, requests, sites, blocklist, grants, links, shared, torrents, events } = deps;
  const started = new Map<Id, Started>();
  const newQuotas = () => createQuotas({ catalogue, requests, isStarted: id => started.has(id), hasNoPeers });

  function beginOne(id: Id, quotas: Quotas): RequestRow[] {
    const judged: { row: RequestRow; verdict: Verdict }[] = [];
    for (const row of requests.ofId(id)) {
      const site = row.state === 'open' ? grants.current(row.origin) : undefined;
      if (site) judged.push({ row, verdict: judge(row, site, quotas) });
    }
    const candidates = judged.flatMap(({ verdict }) => ('candidate' in verdict ? [verdict.candidate] : []));
    const here = judged.filter(({ verdict }) => 'here' in verdict).map(({ row }) => row);
    const lost = candidates.length > 0 ? start(id, candidates) : stop(id, here);
    for (const { row, verdict } of judged) {
      setReason(row, 'waits' in verdict ? verdict.waits : lost.includes(row) ? 'no-tracker' : null);
    }
    return here;
  }

  /** What has arrived is deleted with the last request; while a site waits with one, it is kept. */
  function stop(id: Id, here: RequestRow[]): RequestRow[] {
    const isHere = ({ origin }: RequestRow) => here.some(row => row.origin === origin);
    const waits = (row: RequestRow) => row.state === 'open' && grants.current(row.origin) && !isHere(row);
    const isWanted = requests.ofId(id).some(waits);
    if (!isWanted) torrents.cancel(id).catch(() => {});
    else if (started.has(id)) torrents.setAside(id).catch(() => {});
    started.delete(id);
    return [];
  }

  function judge(row: RequestRow, site: SiteRow, quotas: Quotas): Verdict {
    const { id, origin, metadata } = row;
    if (shared.has(origin, id)) return { here: true };
    if (sites.isWithdrawn(origin, id)) return { waits: 'withdrawn' };
    if (!metadata?.infoHash) return { waits: 'no-holder' };
    if (shared.isBlocked(id) || blocklist.has(metadata.infoHash)) return { waits: 'blocked' };
    if (row.refuted || requests.wasTried(id, metadata.infoHash)) return { waits: 'id-mismatch' };
    if (!site.download) return { waits: 'paused-by-user' };
    const full = quotas.take(site, row);
    if (full) return { waits: full };
    return { candidate: { row, site, metadata: { ...metadata, infoHash: metadata.infoHash } } };
  }

  /**
   * Sites that name the same info hash meet together; another hash is another torrent, and has its turn when this is stuck.
   * Those that say another size have their turn when this one is over: that is another file of it, or not so.
   * Returns the requests that have no place to meet.
   */
  function start(id: Id, candidates: Candidate[]): RequestRow[] {
    const hashes = [...new Set(candidates.map(({ metadata }) => metadata.infoHash))];
    const infoHash = nextHash(id, hashes);
    const before = started.get(id);
    const known = before?.infoHash === infoHash ? before.size : null;
    const named = candidates.filter(({ metadata }) => metadata.infoHash === infoHash);
    const { size, members } = groupOf(named, known);
    const chosen = members.map(one => ({
      ...one,
      meeting: links.meeting(one.site, requests.places(one.row.origin, id)),
    }));
    if (!isSameSize(size, known)) torrents.cancel(id).catch(() => {});
    started.set(id, { infoHash, size });
    torrents.download(wishOf({ id, infoHash, size }, chosen));
    return chosen.filter(one => !canMeet(one)).map(({ row }) => row);
  }

  /** Those that go on with what is under way, if there are any. */
  function groupOf(candidates: Candidate[], known: number | null): SizeGroup<Candidate> {
    const groups = groupsBySize(candidates, known);
    return groups.find(({ size }) => isSameSize(size, known)) ?? groups[0]!;
  }

  function nextHash(id: Id, hashes: InfoHash[]): InfoHash {
    const current = started.get(id)?.infoHash;
    const at = current === undefined ? -1 : hashes.indexOf(current);
    if (at >= 0 && !hasNoPeers(id)) return hashes[at]!;
    return hashes[(at + 1) % hashes.length]!;
  }

  function wishOf(file: Pick<DownloadWish, 'id' | 'infoHash' | 'size'>, chosen: Chosen[]): DownloadWish {
    const { id } = file;
    const said = chosen.map(({ metadata }) => metadata);
    return {
      ...file,
      extension: said.find(one => one.extension !== '')?.extension ?? '',
      sha256s: [...new Set(said.map(one => one.sha256))],
      torrent: () => firstOf(chosen, ({ row }) => requests.torrent(row.origin, id)),
      meetings: chosen.map(({ meeting }) => meeting),
    };
  }

  /** A site without trackers, and of reach `site`, gives no place to meet. */
  function canMeet({ site, meeting }: Chosen): boolean {
    if (site.reach === 'public' || deps.userTrackers.length > 0) return true;
    const { trackers, webseeds, peers } = meeting;
    return trackers.length + webseeds.length + peers.length > 0;
  }

  function setReason(row: RequestRow, reason: Reason | null): void {
    if (row.reason === reason) return;
    requests.setReason(row.origin, row.id, reason);
    events.emit('item.changed', { id: row.id, origins: [row.origin] });
  }

  function hasNoPeers(id: Id): boolean {
    const transfer = torrents.transfer(id);
    return transfer?.reason === 'no-peers' || transfer?.reason === 'no-tracker';
  }

  return {
    begin(ids) {
      const quotas = newQuotas();
      return requests.batch(() => [...new Set(ids)].flatMap(id => beginOne(id, quotas)));
    },
    ended(id) {
      started.delete(id);
    },
    sized(id, size) {
      const one = started.get(id);
      if (one) one.size = size;
    },
    failed(id) {
      started.delete(id);
      torrents.cancel(id).catch(() => {});
    },
    isStuck({ id, reason }) {
      if (!started.has(id) || hasNoPeers(id) || reason === 'id-mismatch') return true;
      return requests.ofId(id).some(row => row.reason === 'no-tracker');
    },
    usedBy: origin => newQuotas().used(origin),
  };
}

function firstOf<T, R>(all: T[], of: (one: T) => R | null): R | null {
  for (const one of all) {
    const found = of(one);
    if (found !== null) return found;
  }
  return null;
}
