/** The torrents room: downloads, and seeding on demand, over the engine. */

import { LsdError } from '../../shared/errors.ts';
import { type Id, type InfoHash, parseId, parseInfoHash } from '../../shared/id.ts';
import { VERSION } from '../../shared/protocol.ts';
import { createDownloadQueue, type DownloadQueue } from '../core/download-queue.ts';
import type { Events } from '../core/events.ts';
import type { Clock, DownloadWish, Hasher, Log, Torrents, TransferLimits, TransferPauses } from '../core/ports.ts';
import type { AddressLists, Blocklist } from '../core/preferences.ts';
import type { Catalogue } from '../core/stored.ts';
import { isInRanges, mergeRanges, NO_RANGES } from '../platform/address-ranges.ts';
import { createDiskRoom, type DiskRoom } from '../platform/disk-room.ts';
import { gatewayOf } from '../platform/gateway.ts';
import { addressChoice, createLocalAddress } from '../platform/local-address.ts';
import { createTimers } from '../platform/timers.ts';
import { createDownload, type Download, type DownloadDeps } from './download/download.ts';
import { createPartialFolder } from './download/partial-folder.ts';
import { createPartialRoom } from './download/partial-room.ts';
import { keepQueue } from './download/queue-keeper.ts';
import { createTurns } from './download/turns.ts';
import { createEngineHost } from './engine/engine-host.ts';
import {
  type ClientName,
  type EngineOptions,
  type FromEngine,
  type HashKind,
  nameKey,
  type StartEngine,
  type TorrentName,
  type Traffic,
} from './engine/link.ts';
import { createMoved } from './engine/moved.ts';
import { startEngineProcess } from './engine/process.ts';
import { tether } from './engine/tether.ts';
import { createGateways } from './held/gateways.ts';
import { createInspect } from './inspect.ts';
import { announceEveryoneFolders } from './meeting/everyone.ts';
import { mergeMeetings } from './meeting/meeting.ts';
import { isStunServer } from './meeting/stun.ts';
import { mapByUpnp } from './reach/igd.ts';
import { createPortMapping } from './reach/nat.ts';
import { createNatPmp } from './reach/nat-pmp.ts';
import { openPeerPorts } from './reach/ports.ts';
import { isProof, reachability } from './reach/reachability.ts';
import { isSeedingOver } from './seeding-end.ts';
import { openSessions, type Sessions } from './sessions/sessions.ts';
import { createTransfers, STILL } from './transfers.ts';
import { createWake } from './wake.ts';

export interface TorrentsOptions extends Omit<EngineOptions, 'resolve' | 'version'> {
  /** 0 = any */
  peerPort: number;
  /** the person's own, added to every torrent that is announced */
  userTrackers: string[];
  /** how long a torrent stays awake after its last peer */
  graceMs: number;
  /** the interface whose address is `peerAddress`; null: that stands by itself */
  peerInterface: string | null;
  /** names with a fixed address */
  resolve: ReadonlyMap<string, string>;
}

export interface TorrentsDeps {
  catalogue: Catalogue;
  hasher: Hasher;
  events: Events;
  log: Log;
  clock: Clock;
  blocklist: Blocklist;
  /** where downloads go */
  folder: string;
  options: TorrentsOptions;
  /** The id is asked for, so what has arrived of it is kept. */
  isWanted(id: Id): boolean;
  /** a file that is served is another than the one that was hashed */
  onSuspect(path: string): void;
  startEngine?: StartEngine;
  /** ms without a torrent after which the engine's process ends */
  quietMs?: number;
  /** which of the daemon's downloads run, and the room that they have; its own where they are left out */
  queue?: DownloadQueue;
  room?: DiskRoom;
  /** none where it is left out */
  addresses?: Pick<AddressLists, 'all'>;
  /** bytes of a download that peers were given since it was verified; for the end of its seeding */
  served?(id: Id): number;
}

export async function createTorrents(deps: TorrentsDeps): Promise<Torrents> {
  const { catalogue, options } = deps;
  const { peerPort, userTrackers, graceMs, resolve, peerInterface, ...engine } = options;
  const local = createLocalAddress(addressChoice(options.peerAddress, peerInterface));
  const wrong = options.stun.find(url => !isStunServer(url));
  if (wrong !== undefined) throw new LsdError('invalid', `--stun wants servers as stun:HOST:PORT, not "${wrong}".`);
  const downloads = new Map<Id, Download>();
  /** cancelled or set aside, and their files not yet deleted or closed */
  const leaving = new Map<Id, Promise<void>>();
  const partials = createPartialFolder(deps.folder);
  /** what has arrived of them waits for the day that they are wanted */
  const aside = await partials.tidy(deps.isWanted);
  let rates = { down: 0, up: 0 };
  let pauses: TransferPauses = { all: null, sites: new Set(), items: new Set(), spent: new Set() };
  let blocked = NO_RANGES;
  let limits: TransferLimits = { down: null, up: null };
  const seen: { tcp: number | null; webrtc: number | null } = { tcp: null, webrtc: null };

  const timers = createTimers(error => deps.log.error('timed work failed', { error }));
  const ports = await openPeerPorts({
    port: peerPort,
    local,
    timers,
    log: deps.log,
    isBlocked: address => isInRanges(blocked, address),
    find,
    handOver: (name, socket, { head, secret }) => send({ type: 'peer', name, head, secret }, socket),
  });
  const host = createEngineHost({
    tether: tether(deps.startEngine ?? startEngineProcess, local, deps.log),
    options: { ...engine, resolve: [...resolve], version: VERSION },
    log: deps.log,
    quietMs: deps.quietMs ?? null,
    openOwn: async () => send({ type: 'open', client: 'own', port: await ports.own() }),
    onAsleep: () => void ports.closeOwn(),
    onMessage: receive,
    onRestart() {
      wake.restart();
      for (const download of downloads.values()) download.restart();
      gateways.restart();
      for (const each of sessions) each.restart();
    },
  });
  const { send, remove } = host;
  send({ type: 'open', client: 'main', port: ports.main });
  const ways = [createNatPmp(gatewayOf), mapByUpnp];
  const mapping = createPortMapping({ port: ports.main, local, ways, log: deps.log });
  const wake = createWake({
    catalogue,
    blocklist: deps.blocklist,
    clock: deps.clock,
    userTrackers,
    graceMs,
    isOver: id => isSeedingOver(deps, limits, id),
    isFetching: infoHash => downloadOf({ client: 'main', infoHash }) !== undefined,
    isInEngine: ({ client, infoHash }) => host.find(client, 'info', infoHash) !== undefined,
    send,
    remove,
    onChanged(ids) {
      for (const id of ids) deps.events.emit('transfer.progress', { id });
    },
  });
  const shared = deps.queue ?? createDownloadQueue({ clock: deps.clock, after: timers.after });
  const disk = deps.room ?? createDiskRoom();
  const room = createPartialRoom({ folder: deps.folder, partialPath: partials.path, room: disk });
  const queue = keepQueue({
    queue: shared,
    downloads,
    isFull: room.isFull,
  });
  const downloadDeps: Omit<DownloadDeps, 'cleared'> = {
    ...deps,
    userTrackers,
    partials,
    room,
    send,
    remove,
    turns: createTurns(),
    onVerified,
  };
  const isCut = () => local.current() === undefined;
  const told = createTransfers({ downloads, seeding: wake.seeding, catalogue, isCut });
  const moved = createMoved(deps.events, name => {
    const download = downloadOf(name);
    if (download) return { id: download.id, by: download.wish.meetings.map(each => each.by), held: false };
    return name.client === 'main' ? wake.whose(name.infoHash) : undefined;
  });
  const item = engine.dht.enabled ? host.item : null;
  const gateways = createGateways({ ...deps, userTrackers, ports, send, remove, item });
  const sessions: Sessions[] = [];
  const everyone = announceEveryoneFolders({ catalogue, events: deps.events, announce: id => wake.announce(id) });
  const stops = [
    deps.events.on('library.changed', () => wake.refresh()),
    // It wakes again where another path holds the id.
    deps.events.on('file.rotten', ({ id }) => wake.stop(id)),
    deps.events.on('addresses.changed', sendBlocked),
    deps.events.on('blocklist.changed', ({ hash }) => {
      if (deps.blocklist.has(hash)) stopBlocked(hash);
    }),
  ];
  sendBlocked();

  /** `hash` is an id, or an info hash of one. */
  function stopBlocked(hash: string): void {
    const infoHash = parseInfoHash(hash);
    const behind = infoHash && catalogue.torrent(infoHash)?.id;
    for (const id of [parseId(hash), behind]) if (id) wake.stop(id);
  }

  function sendBlocked(): void {
    blocked = mergeRanges(deps.addresses?.all() ?? []);
    send({ type: 'blocked', ranges: blocked });
  }

  function onVerified(id: Id, name: TorrentName, uploaded: number): void {
    const wish = downloads.get(id)?.wish;
    downloads.delete(id);
    queue.left(id);
    if (name.client === 'own' || !wish) return;
    const { reach } = mergeMeetings(wish.meetings, []);
    wake.adopt(id, name.infoHash, { uploaded, askedBy: wish.meetings.map(each => each.by), reach });
  }

  function downloadOf(name: TorrentName): Download | undefined {
    const key = nameKey(name);
    return [...downloads.values()].find(({ ordered }) => ordered && nameKey(ordered) === key);
  }

  /** What a peer that named this hash may have: what is awake, or, of the main client, may wake (and does). */
  function find(client: ClientName, kind: HashKind, hash: string): TorrentName | null {
    const here = host.find(client, kind, hash);
    if (here && !sessions.every(each => each.mayGive(here))) return null;
    if (here || client !== 'main') return here ?? null;
    const order = wake.answer(kind, hash);
    if (order) send({ type: 'add', order });
    return order;
  }

  function receive(message: FromEngine): void {
    if (gateways.receive(message) || sessions.some(each => each.receive(message))) return;
    switch (message.type) {
      case 'metadata':
        downloadOf(message.name)?.onMetadata(message.info, message.fileIndex);
        return;
      case 'verified':
        downloadOf(message.name)?.onPieces(message.pieces);
        return;
      case 'complete':
        downloadOf(message.name)?.onComplete();
        return;
      case 'failed':
        wake.gone(message.name);
        downloadOf(message.name)?.onFailed(message.failure, message.message);
        return;
      case 'suspect':
        wake.gone(message.name);
        deps.log.info('file-changed', { infoHash: message.name.infoHash });
        deps.onSuspect(message.path);
        return;
      case 'reached':
        if (message.over === 'webrtc' || isProof(message.address)) seen[message.over] = deps.clock.now();
        return;
      case 'traffic':
        onTraffic(message);
        return;
    }
  }

  function onTraffic(message: Extract<FromEngine, { type: 'traffic' }>): void {
    moved.tell(message.torrents);
    rates = { down: message.down, up: message.up };
    const byKey = new Map(message.torrents.map(each => [nameKey(each), each]));
    gateways.onTraffic(byKey);
    for (const each of sessions) each.onTraffic(name => byKey.get(nameKey(name)));
    const ofMain = message.torrents.filter(each => each.client === 'main');
    wake.onTraffic(new Map<InfoHash, Traffic>(ofMain.map(each => [each.infoHash, each])));
    for (const download of downloads.values()) {
      download.onTraffic(download.ordered && byKey.get(nameKey(download.ordered)));
    }
  }

  /** Takes the download off the list; one that follows waits until its files are gone or closed. */
  function leave(id: Id, work: (download: Download | undefined) => Promise<void>): Promise<void> {
    const download = downloads.get(id);
    downloads.delete(id);
    queue.left(id);
    const gone = work(download).finally(() => {
      if (leaving.get(id) === gone) leaving.delete(id);
    });
    leaving.set(id, gone);
    return gone;
  }

  return {
    peerPort: ports.main,
    warmUp() {
      if (pauses.all === null && !isCut()) host.warmUp();
    },
    download(wish: DownloadWish) {
      const existing = downloads.get(wish.id);
      if (existing) {
        existing.update(queue.wish(wish));
        queue.review();
        return;
      }
      // A seed of a file that was held until just now would stand in the way of its own return.
      if (!catalogue.held(wish.id)) wake.stop(wish.id);
      aside.delete(wish.id);
      const made = createDownload({ ...downloadDeps, cleared: leaving.get(wish.id) }, queue.wish(wish));
      downloads.set(wish.id, made);
      queue.review();
    },
    async cancel(id) {
      const wasAside = aside.delete(id);
      if (!wasAside && !downloads.has(id)) return leaving.get(id);
      await leave(id, download => download?.cancel() ?? partials.drop(id));
    },
    async setAside(id) {
      if (!downloads.has(id)) return leaving.get(id);
      aside.add(id);
      await leave(id, async download => download?.setAside());
    },
    setRequested: (by, meeting, wanted) => wake.setRequested(by, meeting, wanted),
    forget: by => wake.forget(by),
    ...told,
    rates: () => (isCut() ? STILL : rates),
    setNat: on => mapping.set(on),
    reachability: () =>
      reachability({
        cut: isCut(),
        mapping: mapping.state(),
        incoming: seen.tcp,
        webrtc: seen.webrtc,
        now: deps.clock.now(),
      }),
    async open(id, signal) {
      return downloads.get(id)?.open(queue.read(id), signal);
    },
    setLimits(next) {
      limits = next;
      const { down, up, sites = new Map(), limitLan = false, uploadSlots = null } = next;
      send({ type: 'limits', limits: { down, up, sites, limitLan, uploadSlots } });
      wake.review();
      disk.keep(next.keepFree ?? 0);
      queue.roomChanged();
      shared.setActive(next.activeDownloads ?? null);
      for (const each of sessions) each.review();
    },
    setPaused(next) {
      const wasPaused = pauses.all;
      pauses = next;
      wake.setPaused(next);
      queue.setPauses(next);
      gateways.setPaused(next.all !== null);
      if (wasPaused !== next.all) for (const each of sessions) each.review();
    },
    isPaused: () => pauses.all !== null,
    inspect: createInspect({ catalogue, fetched: id => downloads.get(id)?.ordered, ask: host.inspect }),
    stop(id) {
      wake.stop(id);
    },
    holding: gateways.open,
    async sessions(options) {
      const person = { paused: () => pauses.all, limits: () => limits };
      const given = { ...deps, ...person, userTrackers, ports, send, remove, inspect: host.inspect };
      const opened = await openSessions({ ...given, queue: shared, room: disk }, options);
      sessions.push(opened);
      await opened.begin();
      return opened;
    },
    async close() {
      await Promise.all(sessions.map(each => each.close()));
      gateways.close();
      for (const stop of stops) stop();
      everyone.close();
      wake.close();
      queue.close();
      for (const download of downloads.values()) await download.close();
      await ports.close();
      await Promise.all([host.close(), mapping.close()]);
      local.close();
    },
  };
}
