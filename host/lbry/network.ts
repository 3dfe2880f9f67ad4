/** LBRY's network, as one: streams and their blobs, those who have them, and the hash table. */

import { LsdError } from '../../shared/errors.ts';
import type { Reason } from '../../shared/item.ts';
import type { DownloadQueue } from '../core/download-queue.ts';
import type { DhtPeer, LbryNetwork, LbryStatus } from '../core/lbry.ts';
import type { LbryStore } from '../core/lbry-store.ts';
import type { Log, TransferLimits } from '../core/ports.ts';
import type { DiskRoom } from '../platform/disk-room.ts';
import type { Timers } from '../platform/timers.ts';
import type { BlobHash } from './blob.ts';
import type { BlobFolder } from './blob-folder.ts';
import { blobsOf } from './blobs.ts';
import { AGAIN_MS, createAnnouncer } from './dht/announcer.ts';
import { keyOf, type LastingNode } from './dht/lasting.ts';
import { createOwnKeys } from './dht/own-keys.ts';
import type { PeerAddress } from './exchange/client.ts';
import { type Exchange, openExchange } from './exchange/exchange.ts';
import type { BlobWorkers } from './off-thread/blob-workers.ts';
import type { OwnAddress } from './own-address.ts';
import { createReflecting } from './reflecting.ts';
import { describe, type Layout, layoutOf } from './streams/layout.ts';
import { createShelf } from './streams/shelf.ts';
import { createStreams, hashIn, type Streams } from './streams/streams.ts';
import { createTrackers } from './tracker/rounds.ts';

export interface NetworkOptions {
  store: LbryStore;
  /** of single blobs */
  blobFolder: BlobFolder;
  /** where files go, when nothing else is said */
  folder: string;
  workers: BlobWorkers;
  local: OwnAddress;
  /** of the blob server; 0 is any */
  port: number;
  paymentAddress: string;
  /** null: there is none */
  node: LastingNode | null;
  /** there are nodes to enter the hash table by */
  hasSeeds(): boolean;
  trackers: readonly { host: string; port: number }[];
  trackerPeerId: Uint8Array;
  /** HOST:PORT */
  reflectors: readonly string[];
  /** that the options name */
  fixedPeers(): AsyncIterable<PeerAddress>;
  mayContact(address: string): boolean;
  /** Calls `work` when others may be contacted than before; returns the way to stop that. */
  onContacts(work: () => void): () => void;
  /** of this machine, as far as it listens there */
  isOwnAddress(address: string): boolean;
  /** which of the daemon's downloads run, and the room that they have */
  queue: DownloadQueue;
  room: DiskRoom;
  timers: Timers;
  log: Pick<Log, 'warn' | 'error'>;
  /** Unix ms */
  now(): number;
}

export async function createLbryNetwork(options: NetworkOptions): Promise<LbryNetwork> {
  const { store, blobFolder, local, node, timers, now, mayContact } = options;
  let paused: Reason | null = null;
  /** Why everything stands still; null: it does not. */
  const still = (): Reason | null => paused ?? (local.trouble() === null ? null : 'offline');
  const isPaused = () => still() !== null;
  /** Aborts when everything stands still. */
  let going = new AbortController();
  let limits: TransferLimits | undefined;
  const closing = new AbortController();

  const shelf = createShelf({
    store,
    folder: blobFolder,
    stream: sdHash => streams.get(sdHash),
    layout: sdHash => streams.layout(sdHash),
    workers: options.workers,
    now,
  });
  const exchange = await openExchange({
    ...options,
    shelf,
    isPaused,
    sources: {
      announced: (key, signal) => announcedPeers(key, signal),
      tracked: (sdHash, signal) => trackers.ask(sdHash, signal),
      fixed: options.fixedPeers,
      async greet({ address, tcpPort }, signal) {
        if (node && mayContact(address)) await node.dht.ping({ address, udpPort: udpPortOf(tcpPort) }, signal);
        else throw new LsdError('denied', 'It is not asked.');
      },
      isFixedFirst: () => node === null || (!node.isIn() && !options.hasSeeds()),
    },
  });
  const trackers = createTrackers({
    ...options,
    peerId: options.trackerPeerId,
    port: () => exchange.port,
    isSelf,
    wayOut: local.wayOut,
    mayAnnounce: () => !isPaused(),
    given: () => given().map(({ sdHash }) => sdHash),
  });
  const announcer =
    node &&
    createAnnouncer({ store, node: node.node, port: () => exchange.port, mayAnnounce: () => !isPaused(), timers, now });
  const streams: Streams = createStreams({
    store,
    folder: options.folder,
    workers: options.workers,
    supply: ({ sdHash, descriptor }) => exchange.supply([sdHash, ...headOf(descriptor.blobs)]),
    timers,
    now,
    queue: options.queue,
    room: options.room,
    paused: still,
    seedLimits: () => limits,
    onGiven({ sdHash }) {
      shelf.believeAgain();
      announcer?.wake();
      trackers.tell(sdHash);
    },
  });
  const given = () => streams.list().filter(each => each.row().complete && !each.row().stopped && !each.row().ended);

  async function* announcedPeers(key: string, signal: AbortSignal): AsyncGenerator<DhtPeer> {
    if (!node) return;
    for await (const peer of node.dht.find(key, signal)) if (mayContact(peer.address) && !isSelf(peer)) yield peer;
  }
  function isSelf({ address, tcpPort }: PeerAddress): boolean {
    return tcpPort === exchange.port && options.isOwnAddress(address);
  }

  /** From here, else of peers. */
  async function blob(hash: BlobHash, keys: readonly BlobHash[], signal: AbortSignal): Promise<Uint8Array> {
    const here = await shelf.get(hash, signal);
    if (here) return here;
    going.signal.throwIfAborted();
    await using supply = exchange.supply(keys);
    return await supply.fetcher.get(hash, 'now', AbortSignal.any([signal, closing.signal, going.signal]));
  }
  async function layoutFor(sdHash: BlobHash, signal: AbortSignal): Promise<Layout> {
    if (streams.get(sdHash)) return streams.layout(sdHash);
    return layoutOf(sdHash, await blob(sdHash, [sdHash], signal));
  }

  async function* peersOf(text: string, signal: AbortSignal): AsyncGenerator<DhtPeer> {
    const hash = hashIn(text);
    const seen = new Set<string>();
    const ways: AsyncIterable<PeerAddress & { nodeId?: string }>[] = [
      announcedPeers(hash, signal),
      trackers.ask(hash, signal),
      options.fixedPeers(),
    ];
    for (const way of ways) {
      for await (const { nodeId = '', address, tcpPort } of way) {
        const name = `${address}:${tcpPort}`;
        if (!seen.has(name)) yield { nodeId, address, tcpPort };
        seen.add(name);
      }
    }
  }

  const dht = node && { ...node.dht, ...createOwnKeys({ store, node, port: () => exchange.port, now }) };
  /** Whether everything stands still is another. */
  function reviewAll(): void {
    if (isPaused()) going.abort(stillError(local.trouble()));
    else if (going.signal.aborted) going = new AbortController();
    exchange.review();
    streams.review();
    announcer?.wake();
  }
  const unheard = options.onContacts(exchange.review);
  const unwatch = local.watch(reviewAll);
  reviewAll();
  return {
    peerPort: exchange.port,
    dht,
    folder: options.folder,
    status: () => statusOf({ store, local, node, exchange, now }),
    async fetchStream(text, fetchOptions, signal) {
      return streams.fetch(await layoutFor(hashIn(text), signal), fetchOptions);
    },
    async fetchDescription(text, signal) {
      const sdHash = hashIn(text);
      return describe(await layoutFor(sdHash, signal), streams.get(sdHash)?.row().size ?? null);
    },
    offer: streams.offer,
    stream: sdHash => streams.get(sdHash.toLowerCase()),
    list: streams.list,
    remove: (sdHash, removeOptions) => streams.remove(sdHash.toLowerCase(), removeOptions),
    blobs: blobsOf({ shelf, blobFolder, streams, store, fetch: (hash, signal) => blob(hash, [hash], signal) }),
    async announceNow(hashes, signal) {
      if (!announcer) return;
      const keys = hashes.map(hashIn);
      const isHere = await Promise.all(keys.map(each => shelf.has(each, signal)));
      await announcer.announce(keys.filter((_, index) => isHere[index]).map(keyOf), signal);
    },
    setLimits(next) {
      limits = next;
      options.room.keep(next.keepFree ?? 0);
      options.queue.setActive(next.activeDownloads ?? null);
      exchange.setLimits(next);
      streams.review();
    },
    setPaused({ all }) {
      paused = all;
      reviewAll();
    },
    rates: () => exchange.status().rates,
    ...createReflecting({
      ...{ reflectors: options.reflectors, mayContact, local, blobs: shelf, exit: exchange.exit, store },
      going: () => going.signal,
      layout(sdHash) {
        if (streams.get(sdHash)) return streams.layout(sdHash);
        throw new LsdError('not-found', 'There is no such stream here.');
      },
      closed: closing.signal,
    }),
    peersOf,
    async close() {
      closing.abort(new LsdError('aborted', 'LBRY is switched off.'));
      unheard();
      unwatch();
      announcer?.close();
      trackers.close();
      await streams[Symbol.asyncDispose]();
      await exchange[Symbol.asyncDispose]();
      node?.close();
    },
  };
}

/** `trouble`: why LBRY is off. */
function stillError(trouble: string | null): LsdError {
  return new LsdError('denied', trouble ?? 'Everything is paused: nothing is fetched, and nothing uploaded.');
}

/** Where the node of a peer is, most likely: lbry-sdk has one port for both, and had two in a row of them before. */
function udpPortOf(tcpPort: number): number {
  return tcpPort >= 3333 && tcpPort <= 3399 ? 4444 + (tcpPort - 3333) : tcpPort;
}

/** The first blob: under its hash peers announce themselves, too. */
function headOf(blobs: readonly { hash: BlobHash }[]): BlobHash[] {
  return blobs.slice(0, 1).map(({ hash }) => hash);
}

function statusOf(parts: {
  store: LbryStore;
  local: OwnAddress;
  node: LastingNode | null;
  exchange: Exchange;
  now(): number;
}): LbryStatus {
  const { store, local, node, exchange, now } = parts;
  const { announced, due } = store.countAnnounces(now() - AGAIN_MS);
  return {
    offline: local.trouble(),
    nodeId: node?.dht.nodeId ?? null,
    contacts: node?.node.table.size ?? 0,
    announced,
    announceQueue: node ? due : 0,
    blobsHere: store.countBlobs(),
    ...exchange.status(),
  };
}
