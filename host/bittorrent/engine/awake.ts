/** One torrent that is awake in the engine: a held file being served, or a file being fetched. */

import type { StoreFactory, Torrent, Wire } from 'webtorrent';
import type { FileStamp } from '../../core/ports.ts';
import type { Net } from '../../platform/net.ts';
import { failureOf } from '../failure.ts';
import { createFetching, type Fetching, type FetchingDeps } from '../fetching/fetching.ts';
import { shareMetadataBlocks } from '../fetching/metadata-blocks.ts';
import type { PieceBuffers } from '../fetching/piece-buffers.ts';
import { createPieceNews } from '../fetching/piece-news.ts';
import { watchPoison } from '../fetching/poison.ts';
import { wantNothing } from '../fetching/want-nothing.ts';
import { createPiecewise } from '../held/piecewise.ts';
import { type Announcer, createAnnouncer } from '../meeting/announce.ts';
import type { AnnounceSchedule } from '../meeting/announce-schedule.ts';
import { createDial } from '../meeting/dial.ts';
import type { LanDiscovery } from '../meeting/lan-discovery.ts';
import { bareTorrent, candidates, infoOfTorrent, type Metainfo, parseInfo } from '../metainfo.ts';
import type { Meter } from '../peers/meter.ts';
import { createPex } from '../peers/pex.ts';
import { openShare, type Slots } from '../peers/slots.ts';
import { followWire, type WireDeps } from '../peers/wire-steps.ts';
import { createPartialStore, type PartialStore, partialFiles } from '../pieces/store-partial.ts';
import { readOnlyStore } from '../pieces/store-readonly.ts';
import { createSaving, type Saving } from '../sessions/saving.ts';
import type {
  Failure,
  FetchContent,
  FromEngine,
  HoldContent,
  Places,
  SaveContent,
  SeedContent,
  TorrentName,
  TorrentOrder,
  Wants,
} from './link.ts';
import { seedOfPart } from './seed-part.ts';
import type { SwarmClient } from './swarm-client.ts';
import { type EngineView, lookAt, type Pieces, piecesIn } from './torrent-view.ts';

/** peers served at once, of one torrent */
const UPLOAD_SLOTS = 50;
/** bytes of whole pieces kept in memory for the peers that read nearby */
const CACHE_BYTES = 4 * 1024 * 1024;

export interface AwakeDeps {
  swarm: SwarmClient;
  net: Net;
  lan: LanDiscovery | null;
  meter: Pick<Meter, 'follow'>;
  slots: Pick<Slots, 'follow' | 'review'>;
  silence: WireDeps['silence'];
  schedule: AnnounceSchedule;
  buffers: PieceBuffers;
  options: { stun: string[]; bindAddress: string | null; userAgent: string };
  send(message: FromEngine): void;
  /** it left the engine by itself */
  onGone(): void;
}

export interface AwakeTorrent {
  readonly name: TorrentName;
  readonly torrent: Torrent;
  /** it is not complete */
  isFetching(): boolean;
  /** Resolves when it answers peers; null when it cannot. */
  ready(): Promise<Torrent | null>;
  meet(places: Places): void;
  view(): EngineView;
  focus(windows: { first: number; last: number }[]): void;
  /** of what is saved */
  want(wants: Wants): void;
  /** of what is held: these pieces are there no longer */
  lost(pieces: number[]): void;
  /** pieces of which a part is here */
  begun(): number[];
  seal(path: string, stamp: FileStamp): Promise<void>;
  /** Resolves when its files are closed. */
  close(): Promise<void>;
  /** Resolves when its trackers were told, too. */
  leave(): Promise<void>;
}

export function createAwake(deps: AwakeDeps, order: TorrentOrder): AwakeTorrent {
  const { content } = order;
  const name: TorrentName = { client: order.client, infoHash: order.infoHash };
  const { send } = deps;
  let places = order.places;
  let partial: PartialStore | undefined;
  let fetching: Fetching | undefined;
  let saving: Saving | undefined;
  /** it is known what is there already */
  let looked: Promise<void> | undefined;
  let pieces: Pieces | null = null;
  let gone = false;
  let fetched = false;
  let goodbye: Promise<void> | undefined;
  const share = openShare();

  const info = content.info;
  const metainfo = info ? parseInfo(info) : undefined;
  const whole = metainfo?.files.length === 1;
  const torrent = deps.swarm.client.add(info ? bareTorrent(info) : order.infoHash, {
    ...privacy(order),
    storeCacheSlots: cacheSlots(metainfo),
    uploads: content.kind === 'hold' && !content.serve ? false : UPLOAD_SLOTS,
    ...(content.kind !== 'seed' && { deselect: true }),
    ...(content.kind === 'seed' && whole && { skipVerify: true }),
    ...(content.kind === 'seed' && !whole && metainfo && seedOfPart(metainfo, content)),
  });
  torrent.infoHash = order.infoHash;
  wantNothing(torrent);
  // one listener a peer
  torrent.setMaxListeners(0);

  // WebTorrent parses and prepares whatever a peer sends as metadata; ours is checked first, and chooses the store.
  const prepare = torrent._onMetadata.bind(torrent);
  torrent._onMetadata = async given => {
    // Peers give it again while it is looked what is there.
    if (torrent.destroyed || torrent.metadata || looked) return;
    const found = soundMetainfo(given);
    if (!found) return;
    const store = storeOf(found);
    if (!store) return;
    torrent._store = store;
    await looked;
    if (torrent.destroyed) return;
    await prepare(metainfo ? given : bareTorrent(found.info));
  };

  function storeOf(found: Metainfo): StoreFactory | undefined {
    if (content.kind === 'seed') return seedStore(found, content);
    if (content.kind === 'save') return saveStore(found, content);
    return content.kind === 'hold' ? holdStore(found, content) : fetchStore(found, content);
  }

  function soundMetainfo(given: unknown): Metainfo | undefined {
    if (metainfo) return metainfo;
    try {
      if (!(given instanceof Uint8Array)) throw new Error('no metadata');
      return parseInfo(infoOfTorrent(given));
    } catch (thrown) {
      fail('mismatch', thrown);
      return undefined;
    }
  }

  function seedStore(found: Metainfo, seed: SeedContent): StoreFactory | undefined {
    const file = found.files[seed.fileIndex];
    if (!file || file.length !== seed.stamp.size) {
      suspect(seed.path);
      return undefined;
    }
    pieces = piecesIn(found, file);
    return readOnlyStore({ ...seed, metainfo: found, file, onSuspect: () => suspect(seed.path) });
  }

  /** What becomes of the pieces that come. */
  const hearing: Pick<FetchingDeps, 'buffers' | 'onHashed' | 'onTrouble'> = {
    buffers: deps.buffers,
    onHashed: (isRight, senders) => (isRight ? poison.right(senders) : poison.wrong(senders)),
    onTrouble: thrown => fail(failureOf(thrown), thrown),
  };

  function fetchStore(found: Metainfo, fetch: FetchContent): StoreFactory | undefined {
    const fileIndex = candidates(found, fetch.size)[fetch.candidate];
    const file = fileIndex === undefined ? undefined : found.files[fileIndex];
    if (!file || fileIndex === undefined || file.length === 0) {
      fail('mismatch', new Error('no file of the wanted size is in this torrent'));
      return undefined;
    }
    pieces = piecesIn(found, file);
    const { first, last } = pieces;
    const store = createPartialStore(partialFiles(fetch.base, order.infoHash), found, file);
    partial = store;
    fetching = createFetching({
      ...hearing,
      torrent,
      range: { first, last },
      now: () => performance.now(),
      put: store.put,
    });
    for (const wire of torrent.wires) fetching.follow(wire);
    send({ type: 'metadata', name, info: found.info, fileIndex });
    tellVerified(first, last);
    return store.factory;
  }

  function holdStore(found: Metainfo, { store, serve }: HoldContent): StoreFactory {
    return begin(found, createPiecewise({ ...hearing, torrent, metainfo: found, store, serve, tell }));
  }

  function saveStore(found: Metainfo, save: SaveContent): StoreFactory | undefined {
    // Whether its files may be written is the daemon's to say: it is added again with what is found.
    if (!save.info) {
      send({ type: 'described', name, info: found.info });
      return undefined;
    }
    saving = createSaving({ ...hearing, torrent, metainfo: found, content: save, tell, onComplete });
    return begin(found, saving);
  }

  /** Of what is all of a torrent. */
  function begin(found: Metainfo, made: Pick<Saving, 'fetching' | 'factory' | 'looked'>): StoreFactory {
    pieces = { first: 0, last: found.pieceCount - 1, length: found.pieceLength };
    fetching = made.fetching;
    looked = made.looked;
    for (const wire of torrent.wires) fetching.follow(wire);
    send({ type: 'described', name, info: found.info });
    return made.factory;
  }

  function tell(type: 'found' | 'verified' | 'wrong', told: number[]): void {
    if (!gone) send({ type, name, pieces: told });
  }

  /** Tells which pieces are there, and when all of them are. */
  function tellVerified(first: number, last: number): void {
    let left = last - first + 1;
    const news = createPieceNews(verified => tell('verified', verified));
    torrent.on('verified', (piece: number) => {
      if (piece < first || piece > last) return;
      left--;
      news.add(piece);
      if (left > 0) return;
      fetched = true;
      news.flush();
      send({ type: 'complete', name });
      onComplete();
    });
  }

  function onComplete(): void {
    announcer.completed();
    announcer.reconsider();
    shareOut();
  }

  /** Of what is complete all are served in turn; until then the library chooses whom. */
  function shareOut(): void {
    if (torrent._rechokeNumSlots === 0) return;
    share.most = complete() ? UPLOAD_SLOTS : null;
    torrent._rechokeNumSlots = complete() ? Number.POSITIVE_INFINITY : UPLOAD_SLOTS;
    deps.slots.review();
  }

  function suspect(path: string): void {
    if (gone) return;
    send({ type: 'suspect', name, path });
    void close();
  }

  function fail(failure: Failure, thrown: unknown): void {
    if (gone) return;
    send({ type: 'failed', name, failure, message: thrown instanceof Error ? thrown.message : String(thrown) });
    void close();
  }

  const complete = () => content.kind === 'seed' || fetched || saving?.left() === 0;
  /** At least one byte, where it is not known. */
  const left = () => Math.max(1, saving?.left() ?? (content.kind === 'fetch' ? (content.size ?? 1) : 1));
  const announcer: Announcer = createAnnouncer({
    net: deps.net,
    schedule: deps.schedule,
    infoHash: order.infoHash,
    peerId: deps.swarm.client.peerId,
    port: deps.swarm.port,
    userAgent: deps.options.userAgent,
    bindAddress: deps.options.bindAddress,
    amounts: () => ({
      uploaded: torrent.uploaded,
      downloaded: torrent.received,
      left: complete() ? 0 : left(),
    }),
    fetching: () => !complete(),
    alone: () => !torrent.destroyed && torrent.numPeers === 0,
    onPeer: (peer, lan) => dial.peer(peer, lan, 'tracker'),
    onTrouble: (tracker, message) =>
      send({ type: 'log', level: 'debug', event: 'tracker', detail: { tracker, message } }),
  });

  const poison = watchPoison(torrent, host =>
    send({ type: 'log', level: 'warn', event: 'peer-banned', detail: { host, infoHash: order.infoHash } }),
  );
  const dial = createDial({
    torrent,
    net: deps.net,
    poison,
    places: () => places,
    onRefused: (at, message) => send({ type: 'log', level: 'debug', event: 'place-refused', detail: { at, message } }),
  });

  const ownStun = deps.options.stun.map(at => ({ at, lan: true }));
  const pex = createPex({ torrent, port: deps.swarm.port });

  function meet(next: Places): void {
    places = next;
    announcer.meet({ trackers: next.trackers, stun: [...ownStun, ...next.stun] });
    dial.named(next.peers);
    if (torrent.ready && content.kind !== 'seed') void dial.webSeeds(places.webseeds);
  }

  const wireDeps: WireDeps = {
    torrent,
    net: deps.net,
    poison,
    dial,
    pex,
    meter: deps.meter,
    slots: deps.slots,
    silence: deps.silence,
    share,
    places: () => places,
    metadata: info ? undefined : shareMetadataBlocks(order.infoHash),
    fetching: () => fetching,
    send,
    onClosed: () => announcer.reconsider(),
  };
  shareOut();
  torrent.on('wire', (wire: Wire) => followWire(wireDeps, wire));
  torrent.on('error', (error: Error) => fail(failureOf(error), error));
  torrent.once('close', () => {
    goodbye = announcer.close();
    if (!gone) {
      gone = true;
      deps.onGone();
    }
  });
  torrent.once('ready', () => {
    // Others hear of it after this, and know then what is there.
    queueMicrotask(shareOut);
    if (content.kind !== 'seed') void dial.webSeeds(places.webseeds);
  });
  torrent.once('infoHash', () => meet(places));
  if (places.reach === 'public') deps.lan?.join(order.infoHash, address => dial.peer(address, true, 'lsd'));

  async function close(): Promise<void> {
    if (!gone) {
      gone = true;
      deps.onGone();
    }
    deps.lan?.leave(order.infoHash);
    if (!torrent.destroyed) await new Promise<void>(resolve => torrent.destroy({}, resolve));
  }

  return {
    name,
    torrent,
    isFetching: () => !complete(),
    ready: () =>
      new Promise(resolve => {
        if (torrent.destroyed) resolve(null);
        else if (torrent.ready || content.kind !== 'seed') resolve(torrent);
        else {
          torrent.once('ready', () => resolve(torrent));
          torrent.once('close', () => resolve(null));
        }
      }),
    meet,
    view: () => ({ ...lookAt(torrent, pieces), trackers: announcer.view() }),
    focus: windows => fetching?.focus(windows),
    want(wants) {
      saving?.want(wants);
      announcer.reconsider();
      shareOut();
    },
    lost(given) {
      (saving ?? fetching)?.lost(given);
      shareOut();
    },
    begun: () => fetching?.begun() ?? [],
    async seal(path, stamp) {
      await partial?.seal(path, stamp);
    },
    close,
    async leave() {
      await close();
      await goodbye;
    },
  };
}

/** BEP 27: what a gateway holds or saves says itself whether it is private, unless it is met nowhere. */
function privacy({ content, places }: TorrentOrder): { private?: boolean } {
  const isOwn = content.kind === 'hold' || content.kind === 'save';
  return isOwn && places.reach === 'public' ? {} : { private: places.reach === 'site' };
}

function cacheSlots(metainfo: Metainfo | undefined): number {
  if (!metainfo) return 4;
  return Math.max(2, Math.min(16, Math.floor(CACHE_BYTES / metainfo.pieceLength)));
}
