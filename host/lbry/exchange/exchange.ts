/** This home among blob peers: what it gives and takes, how fast, over how many connections. */

import { LsdError } from '../../../shared/errors.ts';
import type { Log, TransferLimits } from '../../core/ports.ts';
import type { Timers } from '../../platform/timers.ts';
import type { BlobHash } from '../blob.ts';
import { listenAlong } from '../listening.ts';
import type { BlobWorkers } from '../off-thread/blob-workers.ts';
import type { OwnAddress } from '../own-address.ts';
import type { Shelf } from '../streams/shelf.ts';
import { createAllowance } from './allowance.ts';
import { connectPeer, type PeerAddress } from './client.ts';
import { discover, type PeerSources } from './discovery.ts';
import { type BlobFetcher, createBlobFetcher } from './fetcher.ts';
import type { Tap } from './inbox.ts';
import { createMeter } from './meter.ts';
import type { Exit } from './paced.ts';
import { createPeerBook, nameOf } from './peer-book.ts';
import { listenBlobs } from './server.ts';
import { createTurnstile } from './turnstile.ts';

/** Peers of a stream whose nodes are pinged. */
const MOST_GREETED = 64;
/** Connections to peers, of all streams together: each has a blob in memory. */
const MOST_CONNECTIONS = 32;
/** Blobs that are given at once: each is in memory, too. */
const MOST_GIVEN = 16;
/** bytes a second under which one that is given is too slow for lbry-sdk, which gives up on a blob after 30 s */
const LEAST_RATE = 100_000;
/** Ms for which the peers of a stream are kept after the last who wanted one: somebody may at once. */
const LINGER_MS = 15_000;

export interface ExchangeOptions {
  shelf: Shelf;
  workers: Pick<BlobWorkers, 'hash' | 'wake'>;
  local: OwnAddress;
  /** TCP, where blobs are given; 0 is any */
  port: number;
  paymentAddress: string;
  sources: PeerSources;
  mayContact(address: string): boolean;
  /** of this machine, as far as it listens there */
  isOwnAddress(address: string): boolean;
  isPaused(): boolean;
  timers: Timers;
  log: Pick<Log, 'warn' | 'error'>;
  /** Unix ms */
  now(): number;
}

/** Who has the blobs of a stream, for as long as they are wanted. */
export interface Supply extends AsyncDisposable {
  fetcher: BlobFetcher;
}

export interface Exchange extends AsyncDisposable {
  readonly port: number;
  /** by which all leaves, so that the person's limits hold */
  readonly exit: Exit;
  /** `keys`: under which its peers announce themselves, the stream's own first */
  supply(keys: readonly BlobHash[]): Supply;
  setLimits(limits: TransferLimits): void;
  /** Who may be spoken with, or whether anybody, is another. */
  review(): void;
  status(): { connections: { in: number; out: number }; rates: { down: number; up: number } };
}

export async function openExchange(options: ExchangeOptions): Promise<Exchange> {
  const { shelf, workers, sources, local, mayContact, isPaused, timers, now } = options;
  const book = createPeerBook(now);
  const allowance = createAllowance({ now: () => performance.now(), after: timers.after });
  const slots = { taken: 0, most: MOST_CONNECTIONS };
  const meters = { down: createMeter(now), up: createMeter(now) };
  let most = MOST_GIVEN;
  const turnstile = createTurnstile(() => most);
  const supplies = new Map<BlobHash, { supply: Supply; users: number; cancel?: (() => void) | undefined }>();

  const exit: Exit = {
    enter: turnstile.enter,
    slice: (address, wanted) => allowance.slice('up', address, wanted),
    pay: (address, bytes, pass) => allowance.pay('up', address, bytes, pass),
    gave(hash, bytes) {
      meters.up.add(bytes);
      shelf.gave(hash, bytes);
    },
  };
  const served = {
    blobs: shelf,
    paymentAddress: options.paymentAddress,
    mayServe: (address: string) => !isPaused() && mayContact(address),
    exit,
    onTrouble: (error: Error) => options.log.warn('accept-failed', { error }),
  };
  const server = await listenAlong(options, at => listenBlobs({ ...at, ...served }));

  async function connect(peer: PeerAddress, signal: AbortSignal) {
    const { localAddress, signal: here } = local.wayOut();
    const tap: Tap = {
      pay(bytes, pass) {
        meters.down.add(bytes);
        return allowance.pay('down', peer.address, bytes, pass);
      },
      isLimited: () => allowance.limit('down', peer.address) !== null,
    };
    workers.wake();
    return await connectPeer(peer, { workers, tap, localAddress }, AbortSignal.any([signal, here]));
  }

  function open(keys: readonly BlobHash[]): Supply {
    const ended = new AbortController();
    const fetcher = createBlobFetcher({ connect, book, timers, now, slots, mayContact });
    const isSelf = ({ address, tcpPort }: PeerAddress) => tcpPort === server.port && options.isOwnAddress(address);
    const greeted = new Set<string>();
    const onPeer = (peer: PeerAddress) => {
      if (isSelf(peer)) return;
      fetcher.add(peer);
      // That orders them, and drops none: many are behind a router that lets in TCP alone.
      if (greeted.has(nameOf(peer)) || greeted.size >= MOST_GREETED) return;
      greeted.add(nameOf(peer));
      sources.greet(peer, ended.signal).then(
        () => book.greeted(peer),
        () => {},
      );
    };
    const connected = () => fetcher.connected;
    void discover({ keys, sources, onPeer, connected, timers }, ended.signal);
    return {
      fetcher,
      async [Symbol.asyncDispose]() {
        ended.abort(new LsdError('aborted', 'This stream is not fetched any more.'));
        await fetcher[Symbol.asyncDispose]();
      },
    };
  }

  function supply(keys: readonly BlobHash[]): Supply {
    const [name] = keys;
    if (!name) throw new LsdError('internal', 'A supply of nothing was asked for.');
    const shared = supplies.get(name) ?? { supply: open(keys), users: 0 };
    supplies.set(name, shared);
    shared.users++;
    shared.cancel?.();
    let isLeft = false;
    return {
      fetcher: shared.supply.fetcher,
      async [Symbol.asyncDispose]() {
        if (isLeft) return;
        isLeft = true;
        if (--shared.users > 0) return;
        shared.cancel = timers.after(isPaused() ? 0 : LINGER_MS, () => {
          supplies.delete(name);
          void shared.supply[Symbol.asyncDispose]();
        });
      },
    };
  }

  return {
    port: server.port,
    exit,
    supply,
    setLimits({ down, up, limitLan = false, uploadSlots }) {
      allowance.setLimits({ down, up, limitLan });
      // Fewer at a time, rather than all too slowly to be of use.
      const bySpeed = up === null ? MOST_GIVEN : Math.max(1, Math.floor(up / LEAST_RATE));
      most = Math.min(MOST_GIVEN, bySpeed, uploadSlots ?? MOST_GIVEN);
      turnstile.review();
    },
    review() {
      server.current?.review();
      for (const [name, { supply, users, cancel }] of supplies) {
        supply.fetcher.review();
        if (!isPaused() || users > 0) continue;
        cancel?.();
        supplies.delete(name);
        void supply[Symbol.asyncDispose]();
      }
    },
    status: () => ({
      connections: { in: server.current?.connections ?? 0, out: slots.taken },
      rates: { down: meters.down.rate(), up: meters.up.rate() },
    }),
    async [Symbol.asyncDispose]() {
      for (const { supply, cancel } of supplies.values()) {
        cancel?.();
        await supply[Symbol.asyncDispose]();
      }
      supplies.clear();
      await server[Symbol.asyncDispose]();
      allowance.close();
    },
  };
}
