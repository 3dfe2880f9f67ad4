/** How a file, or everything, stands: for one site only what it may see, for the person all of it. */

import type { ItemRow } from '../../shared/browse.ts';
import type { DaemonState } from '../../shared/daemon-methods.ts';
import type { Id } from '../../shared/id.ts';
import { type Item, type Rates, REASONS, type Reason, type UnknownItem } from '../../shared/item.ts';
import type { PageStatus } from '../../shared/page-methods.ts';
import { MAX_ITEMS, VERSION } from '../../shared/protocol.ts';
import type { Library, Torrents, Transfer } from '../core/ports.ts';
import type { Catalogue, RequestRow, RequestStore, SiteStore } from '../core/stored.ts';
import type { Counts } from './counts.ts';
import type { Grants } from './grants.ts';
import type { Links } from './links.ts';
import { sizeOf } from './quotas.ts';
import type { Shared } from './shared.ts';
import type { Wanted } from './wanted.ts';

export interface Status {
  item(origin: string, id: Id): Item | UnknownItem;
  itemForUser(id: Id): Item | UnknownItem;
  page(origin: string): PageStatus;
  all(): { downloads: Item[]; seeding: Item[]; more: number };
  everything(): Omit<ItemRow, 'name'>[];
  /** origins that want the id now */
  wantedBy(id: Id): string[];
}

export interface StatusDeps {
  catalogue: Catalogue;
  requests: RequestStore;
  sites: SiteStore;
  library: Pick<Library, 'isScanning' | 'scanning'>;
  torrents: Torrents;
  grants: Grants;
  links: Pick<Links, 'problem'>;
  shared: Shared;
  wanted: Wanted;
  counts: Counts;
}

const STILL: Rates = { down: 0, up: 0 };
/** Reasons after which nothing more is tried by itself. */
const FINAL = new Set<Reason>(['id-mismatch', 'blocked', 'withdrawn']);

export function createStatus(deps: StatusDeps): Status {
  const { catalogue, requests, sites, torrents, grants, shared, wanted, counts } = deps;

  function item(origin: string, id: Id): Item | UnknownItem {
    if (!grants.current(origin)) return { id, state: 'unknown' };
    // Held and shared with this site: whatever another site does with it is not told.
    if (shared.has(origin, id)) return wanted.ids(origin).has(id) ? seeded(id) : held(id);
    const row = requests.get(origin, id);
    if (row?.state === 'open') return forSite(requested(row));
    if (catalogue.isShared(origin, id)) return refused(id, sites.isWithdrawn(origin, id) ? 'withdrawn' : 'blocked');
    return { id, state: 'unknown' };
  }

  function held(id: Id): Item {
    const size = catalogue.held(id)?.size ?? 0;
    return { id, state: 'available', progress: 1, size, downloaded: size, uploaded: 0, rates: STILL, peers: 0 };
  }

  /** `available` until the engine has woken it. */
  function seeded(id: Id, transfer = torrents.transfer(id)): Item {
    if (transfer?.state !== 'seeding' && transfer?.state !== 'paused') return held(id);
    return { ...held(id), ...fromTransfer(transfer), progress: 1 };
  }

  function requested(row: RequestRow, transferOf = torrents.transfer): Item {
    const { id, reason } = row;
    const size = sizeOf(row) ?? 0;
    const nothing = { id, progress: 0, size, downloaded: 0, uploaded: 0, rates: STILL, peers: 0 };
    if (reason !== null && reason !== 'no-tracker') {
      return { ...nothing, state: FINAL.has(reason) ? 'error' : 'waiting', reason };
    }
    const transfer = transferOf(id);
    if (!transfer) return { ...nothing, state: 'waiting', ...(reason && { reason }) };
    const shown = fromTransfer(transfer);
    const isWaiting = transfer.state === 'waiting' || (transfer.state === 'metadata' && transfer.peers === 0);
    return { ...shown, size: shown.size || size, ...(isWaiting && reason && { reason }) };
  }

  function refused(id: Id, reason: Reason): Item {
    return { id, state: 'error', reason, progress: 0, size: 0, downloaded: 0, uploaded: 0, rates: STILL, peers: 0 };
  }

  function itemForUser(id: Id): Item | UnknownItem {
    const open = requests.ofId(id).filter(one => one.state === 'open' && grants.current(one.origin));
    const row = open.reduce<RequestRow | undefined>(further, undefined);
    // That one site was wrong about it says nothing of what is here.
    if (row && !(hasFailed(row) && catalogue.held(id))) return requested(row);
    if (!catalogue.held(id)) return { id, state: 'unknown' };
    if (shared.isBlocked(id)) return { ...held(id), state: 'error', reason: 'blocked' };
    return torrents.transfer(id) ? seeded(id) : held(id);
  }

  function page(origin: string): PageStatus {
    const open = requests.openOf(origin, MAX_ITEMS);
    const openCount = requests.openCount(origin);
    const asked = wanted.ids(origin);
    const isOpen = (id: Id) => requests.get(origin, id)?.state === 'open';
    const awake = awakeById();
    const here = [...awake.values()].filter(({ id }) => asked.has(id) || isOpen(id));
    const seeding = here.filter(({ id, state }) => state === 'seeding' && asked.has(id) && shared.has(origin, id));
    const isScanning = catalogue.sharedFolders(origin).some(folder => deps.library.isScanning(folder.id));
    const shown = limited(
      open,
      row => forSite(requested(row, id => awake.get(id))),
      seeding,
      transfer => seeded(transfer.id, transfer),
    );
    return {
      version: VERSION,
      ...stateOf(origin, isScanning, openCount + seeding.length > 0),
      files: counts.files(origin),
      scanning: isScanning ? deps.library.scanning() : null,
      ...shown,
      more: shown.more + openCount - open.length,
      rates: totalRates(here),
    };
  }

  function stateOf(origin: string, isScanning: boolean, isActive: boolean): { state: DaemonState; reason?: Reason } {
    if (torrents.isPaused()) return { state: 'paused', reason: 'paused-by-user' };
    const problem = deps.links.problem(origin)?.code;
    const reason = REASONS.find(one => one === problem);
    if (reason) return { state: reason === 'site-unreachable' ? 'offline' : 'error', reason };
    if (catalogue.sharedFolders(origin).some(folder => folder.missing !== null)) {
      return { state: 'error', reason: 'folder-missing' };
    }
    if (isScanning) return { state: 'scanning' };
    return { state: isActive ? 'active' : 'idle' };
  }

  /** Those of all sites, once each: what is asked for by several has the reasons of the request that is furthest. */
  function openById(): Map<Id, { row: RequestRow; sites: string[] }> {
    const open = new Map<Id, { row: RequestRow; sites: string[] }>();
    for (const row of requests.open().reverse()) {
      if (!grants.current(row.origin)) continue;
      const before = open.get(row.id);
      open.set(row.id, { row: further(before?.row, row), sites: [...(before?.sites ?? []), row.origin] });
    }
    return open;
  }

  /** A look-up by id is dear where hundreds are awake: they are asked for at once. */
  function awakeById(): Map<Id, Transfer> {
    return new Map(torrents.transfers().map(each => [each.id, each]));
  }

  function everything(): Omit<ItemRow, 'name'>[] {
    const open = openById();
    const awake = awakeById();
    const asking = sites.list().map(({ origin }) => ({ origin, ids: wanted.ids(origin) }));
    const askedBy = (id: Id) => asking.filter(({ ids }) => ids.has(id)).map(({ origin }) => origin);
    const seeding = [...awake.values()].filter(({ id, state }) => state === 'seeding' && !open.has(id));
    return [
      ...[...open.values()].map(one => ({ ...requested(one.row, id => awake.get(id)), sites: one.sites })),
      ...seeding.map(transfer => ({ ...fromTransfer(transfer), progress: 1, sites: askedBy(transfer.id) })),
    ];
  }

  return {
    item,
    itemForUser,
    page,
    everything,
    wantedBy(id) {
      const open = requests.ofId(id).filter(row => row.state === 'open');
      const asking = sites.list().filter(({ origin }) => wanted.ids(origin).has(id));
      return [...new Set([...open, ...asking].map(({ origin }) => origin))].filter(one => grants.current(one));
    },
    all() {
      const open = openById();
      const awake = awakeById();
      const seeding = [...awake.values()].filter(({ id, state }) => state === 'seeding' && !open.has(id));
      return limited(
        [...open.values()],
        ({ row }) => requested(row, id => awake.get(id)),
        seeding,
        transfer => seeded(transfer.id, transfer),
      );
    },
  };
}

const hasFailed = ({ reason }: RequestRow) => reason !== null && FINAL.has(reason);

/** Of two requests of an id the one that goes on, or waits at least. */
function further(before: RequestRow | undefined, row: RequestRow): RequestRow {
  const rank = (one: RequestRow) => (one.reason === null ? 2 : hasFailed(one) ? 0 : 1);
  return before && rank(before) >= rank(row) ? before : row;
}

/** What the person's machine is, and when they want quiet, is no site's business. */
function forSite(item: Item): Item {
  return item.state === 'paused' ? { ...item, reason: 'paused-by-user' } : item;
}

function fromTransfer(transfer: Transfer): Item {
  const { id, state, reason, progress, size, downloaded, uploaded, rates, peers, eta } = transfer;
  return {
    id,
    state,
    ...(reason && { reason }),
    progress,
    size,
    downloaded,
    uploaded,
    rates,
    peers,
    ...(eta !== undefined && { eta }),
  };
}

/** Only what is shown is looked up. */
function limited<D, S>(
  downloads: D[],
  downloadOf: (one: D) => Item,
  seeding: S[],
  seedingOf: (one: S) => Item,
): { downloads: Item[]; seeding: Item[]; more: number } {
  const shown = downloads.slice(0, MAX_ITEMS);
  const alsoShown = seeding.slice(0, MAX_ITEMS - shown.length);
  const more = downloads.length + seeding.length - shown.length - alsoShown.length;
  return { downloads: shown.map(downloadOf), seeding: alsoShown.map(seedingOf), more };
}

function totalRates(transfers: Transfer[]): Rates {
  return transfers.reduce((sum, { rates }) => ({ down: sum.down + rates.down, up: sum.up + rates.up }), STILL);
}
