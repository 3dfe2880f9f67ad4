/**
 * Which held torrents are awake, and for how long (lsd.md, "Awake and asleep"): while a site asks for the id, and a grace
 * time after its last peer; those of an everyone folder when a peer asks, and the same grace time. Asleep is a row in the
 * catalogue and nothing else.
 */

import type { Id, InfoHash } from '../../shared/id.ts';
import { parseId, parseInfoHash } from '../../shared/id.ts';
import type { Clock, Meeting, TransferPauses, WantedId } from '../core/ports.ts';
import type { Blocklist } from '../core/preferences.ts';
import type { Catalogue, TorrentRow } from '../core/stored.ts';
import type { HashKind, Places, ToEngine, TorrentName, TorrentOrder, Traffic } from './engine/link.ts';
import type { MovedFor } from './engine/moved.ts';
import { mergeMeetings } from './meeting/meeting.ts';

export interface WakeDeps {
  catalogue: Catalogue;
  blocklist: Blocklist;
  clock: Clock;
  userTrackers: string[];
  graceMs: number;
  /** A downloaded file was served for as long as it was to be: nobody wakes it any more. */
  isOver(id: Id): boolean;
  /** The main client fetches this torrent now: it is awake already, and not ours to put to sleep. */
  isFetching(infoHash: InfoHash): boolean;
  /** The engine has it now. */
  isInEngine(name: TorrentName): boolean;
  send(message: ToEngine): void;
  remove(name: TorrentName): Promise<void>;
  /** The numbers of these are others, or they went to sleep. */
  onChanged(ids: ReadonlySet<Id>): void;
}

export interface Seeding {
  id: Id;
  uploaded: number;
  up: number;
  peers: number;
}

export interface Wake {
  setRequested(by: string, meeting: Meeting, wanted: Map<Id, WantedId>): void;
  forget(by: string): void;
  /** What a handshake for this hash gets: the torrent to wake, or null, whatever the reason. */
  answer(kind: HashKind, hash: string): TorrentOrder | null;
  /** Wakes a file of an everyone folder for the grace time, so that it is announced. */
  announce(id: Id): void;
  /** A download became a held file; its torrent is kept for the grace time, where it is still awake. */
  adopt(id: Id, infoHash: InfoHash, download: { uploaded: number; askedBy: string[]; reach: Places['reach'] }): void;
  /** The engine let go of it by itself. */
  gone(name: TorrentName): void;
  stop(id: Id): void;
  onTraffic(traffic: ReadonlyMap<InfoHash, Traffic>): void;
  /** Puts to sleep what nobody needs any longer. It does so by itself when the time of one has come. */
  review(): void;
  setPaused(pauses: TransferPauses): void;
  /** The catalogue changed: what is asked for and came back wakes, what is no longer held sleeps. */
  refresh(): void;
  /** The engine is a new one, with nothing in it. */
  restart(): void;
  seeding(): Seeding[];
  close(): void;
  /** On whose account a torrent moves that is awake. */
  whose(infoHash: InfoHash): MovedFor | undefined;
}

interface Awake {
  id: Id;
  /** who asked for it while it was awake */
  askedBy: Set<string>;
  reach: Places['reach'];
  /** Unix ms; it may sleep `restMs` after */
  neededAt: number;
  restMs: number;
  /** the engine, which may have had to start, told of it: from then on it rests */
  isThere: boolean;
  uploaded: number;
  up: number;
  peers: number;
}

/** ms that a torrent is awake to be announced; the peers that hear of it wake it again */
const ANNOUNCED_MS = 180_000;
/** ms; what ends at a time of the clock ends no later after it */
const REVIEW_MS = 60_000;

/** Stands in where a hash is unknown, so that a held one costs no more to refuse. */
const NOBODY = parseId('0'.repeat(40))!;

export function createWake(deps: WakeDeps): Wake {
  const { catalogue, blocklist, clock } = deps;
  const requests = new Map<string, { meeting: Meeting; wanted: Map<Id, WantedId> }>();
  const awake = new Map<InfoHash, Awake>();
  let timer: { at: number; handle: NodeJS.Timeout } | undefined;
  let pauses: TransferPauses = { all: null, sites: new Set(), items: new Set(), spent: new Set() };

  function meetingsOf(id: Id): Meeting[] {
    return [...requests].flatMap(([by, { meeting, wanted }]) => {
      const asked = pauses.sites.has(by) ? undefined : wanted.get(id);
      return asked ? [{ ...meeting, peers: [...meeting.peers, ...asked.peers] }, ...(asked.also ?? [])] : [];
    });
  }

  function placesOf(id: Id): Places {
    // Those that share it without asking for it give it places to meet, and pay for nothing.
    return { ...mergeMeetings(meetingsOf(id), deps.userTrackers), by: [...askersOf(id)] };
  }

  function isBlocked(id: Id, infoHash: InfoHash): boolean {
    return blocklist.has(id) || blocklist.has(infoHash);
  }

  function isPaused(id: Id): boolean {
    return pauses.all !== null || pauses.items.has(id);
  }

  /** Whoever it would be awake for is paused. */
  function isHeldBack({ id, askedBy }: Pick<Awake, 'id' | 'askedBy'>): boolean {
    if (isPaused(id)) return true;
    if (isRequested(id) || catalogue.isPublic(id)) return false;
    return [...askedBy].some(by => pauses.sites.has(by));
  }

  function orderFor(row: TorrentRow): TorrentOrder | null {
    const path = catalogue.pathsOf(row.id).find(each => !each.missing);
    if (!path || isPaused(row.id) || isBlocked(row.id, row.infoHash) || deps.isFetching(row.infoHash)) return null;
    const { info, fileIndex } = row;
    const content = { kind: 'seed', info, fileIndex, path: path.path, stamp: path.stamp } as const;
    return { client: 'main', infoHash: row.infoHash, places: placesOf(row.id), content };
  }

  function enter(order: TorrentOrder, id: Id): void {
    const { infoHash, places } = order;
    put(infoHash, { id, askedBy: askersOf(id), reach: places.reach, uploaded: 0, isThere: false });
  }

  function put(infoHash: InfoHash, entry: Omit<Awake, 'neededAt' | 'restMs' | 'up' | 'peers'>): void {
    awake.set(infoHash, { ...entry, neededAt: clock.now(), restMs: deps.graceMs, up: 0, peers: 0 });
    reviewIn(deps.graceMs);
  }

  function wakeNow(row: TorrentRow): TorrentOrder | null {
    const order = orderFor(row);
    if (order) enter(order, row.id);
    return order;
  }

  /** Nobody asked by name, so its everyone folder decides: it is public. */
  function wakePublic(row: TorrentRow): TorrentOrder | null {
    const order = orderFor(row);
    if (!order) return null;
    order.places.reach = 'public';
    enter(order, row.id);
    return order;
  }

  function wakeRow(row: TorrentRow): void {
    const here = awake.get(row.infoHash);
    const places = placesOf(row.id);
    if (here && here.reach === places.reach) {
      for (const by of askersOf(row.id)) here.askedBy.add(by);
      deps.send({ type: 'meet', name: mainName(row.infoHash), places });
      return;
    }
    // Reach is fixed when a torrent wakes: DHT and PEX are joined or not.
    if (here) sleep(row.infoHash);
    const order = wakeNow(row);
    if (order) deps.send({ type: 'add', order });
  }

  function sleep(infoHash: InfoHash): void {
    awake.delete(infoHash);
    void deps.remove(mainName(infoHash));
  }

  function reviewIn(ms: number): void {
    const soon = Math.min(ms, REVIEW_MS);
    const at = performance.now() + soon;
    if (timer && timer.at <= at) return;
    clearTimeout(timer?.handle);
    timer = { at, handle: setTimeout(review, soon).unref() };
  }

  function review(): void {
    clearTimeout(timer?.handle);
    timer = undefined;
    const now = clock.now();
    const changed = new Set<Id>();
    let next = Number.POSITIVE_INFINITY;
    for (const [infoHash, entry] of awake) {
      const left = msLeft(entry, now);
      if (left > 0) {
        next = Math.min(next, left);
        continue;
      }
      sleep(infoHash);
      changed.add(entry.id);
    }
    if (awake.size > 0) reviewIn(next);
    if (changed.size > 0) deps.onChanged(changed);
  }

  /** ms until it may sleep, if nothing happens. */
  function msLeft(entry: Awake, now: number): number {
    if (deps.isOver(entry.id) && !catalogue.isPublic(entry.id)) return 0;
    // A clock that was set back must not keep it awake until that time comes again.
    entry.neededAt = Math.min(entry.neededAt, now);
    if (entry.peers > 0) entry.restMs = deps.graceMs;
    if (entry.peers > 0 || !entry.isThere || isRequested(entry.id)) entry.neededAt = now;
    return entry.neededAt + entry.restMs - now;
  }

  function askersOf(id: Id): Set<string> {
    if (deps.isOver(id)) return new Set();
    return new Set(
      [...requests].filter(([by, { wanted }]) => wanted.has(id) && !pauses.sites.has(by)).map(([by]) => by),
    );
  }

  function isRequested(id: Id): boolean {
    return askersOf(id).size > 0;
  }

  function wakeAll(ids: Iterable<Id>): void {
    for (const id of ids) {
      if (!isRequested(id)) continue;
      for (const row of catalogue.torrentsOf(id)) wakeRow(row);
    }
  }

  function missing(): Set<Id> {
    const here = new Set([...awake.values()].map(({ id }) => id));
    return new Set([...requests.values()].flatMap(({ wanted }) => [...wanted.keys()]).filter(id => !here.has(id)));
  }

  return {
    setRequested(by, meeting, wanted) {
      const before = requests.get(by);
      requests.set(by, { meeting, wanted });
      wakeAll(new Set([...wanted.keys(), ...(before?.wanted.keys() ?? [])]));
    },
    forget(by) {
      requests.delete(by);
      for (const [infoHash, { id, askedBy }] of awake) {
        if (!askedBy.delete(by)) continue;
        if (isRequested(id)) wakeAll([id]);
        else if (askedBy.size === 0 && !catalogue.isPublic(id)) sleep(infoHash);
      }
    },
    answer(kind, hash) {
      const infoHash = kind === 'info' ? parseInfoHash(hash) : catalogue.byReq2(hash);
      const row = infoHash && catalogue.torrent(infoHash);
      const open = catalogue.isPublic(row?.id ?? NOBODY);
      if (!row || (!open && !isRequested(row.id))) return null;
      return open && !isRequested(row.id) ? wakePublic(row) : wakeNow(row);
    },
    announce(id) {
      if (!catalogue.isPublic(id) || isRequested(id)) return;
      const row = catalogue.torrentsOf(id)[0];
      if (!row || awake.has(row.infoHash)) return;
      const order = wakePublic(row);
      if (!order) return;
      const entry = awake.get(row.infoHash);
      if (entry) entry.restMs = Math.min(deps.graceMs, ANNOUNCED_MS);
      reviewIn(ANNOUNCED_MS);
      deps.send({ type: 'add', order });
    },
    adopt(id, infoHash, { uploaded, askedBy: askers, reach }) {
      const askedBy = new Set(askers);
      if (isHeldBack({ id, askedBy }) || deps.isOver(id)) return sleep(infoHash);
      // It left the engine while it was verified: that is another one now, or everything was paused for a while.
      if (deps.isInEngine(mainName(infoHash))) put(infoHash, { id, askedBy, reach, uploaded, isThere: true });
      wakeAll([id]);
    },
    gone({ client, infoHash }) {
      if (client === 'main') awake.delete(infoHash);
    },
    stop(id) {
      for (const [infoHash, entry] of awake) if (entry.id === id) sleep(infoHash);
    },
    onTraffic(traffic) {
      const changed = new Set<Id>();
      for (const [infoHash, entry] of awake) {
        const before = { ...entry };
        if (take(entry, traffic.get(infoHash))) changed.add(entry.id);
        entry.isThere ||= traffic.has(infoHash);
        // From when on nobody was there.
        if (before.peers > 0 || before.isThere !== entry.isThere) entry.neededAt = clock.now();
      }
      if (changed.size > 0) deps.onChanged(changed);
      review();
    },
    review,
    setPaused(next) {
      pauses = next;
      for (const [infoHash, entry] of awake) if (isHeldBack(entry)) sleep(infoHash);
      if (pauses.all === null) wakeAll(new Set([...missing(), ...[...awake.values()].map(({ id }) => id)]));
    },
    refresh() {
      for (const [infoHash, { id }] of awake) if (!catalogue.held(id)) sleep(infoHash);
      wakeAll(missing());
    },
    restart() {
      awake.clear();
      wakeAll(missing());
    },
    whose(infoHash) {
      const entry = awake.get(infoHash);
      return entry && { id: entry.id, by: [...entry.askedBy], held: true };
    },
    close: () => clearTimeout(timer?.handle),
    seeding: () => [...awake.values()].map(({ id, uploaded, up, peers }) => ({ id, uploaded, up, peers })),
  };
}

/** True when a number changed. */
function take(entry: Awake, numbers: Traffic | undefined): boolean {
  const next = { uploaded: numbers?.uploaded ?? entry.uploaded, up: numbers?.up ?? 0, peers: numbers?.peers ?? 0 };
  const changed = next.uploaded !== entry.uploaded || next.up !== entry.up || next.peers !== entry.peers;
  Object.assign(entry, next);
  return changed;
}

function mainName(infoHash: InfoHash): TorrentName {
  return { client: 'main', infoHash };
}
