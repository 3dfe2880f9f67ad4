/**
 * Blobs of several peers at once: each connection is asked for one at a time, the fastest peers first. What is urgent and slow to
 * come is asked of a second one. What comes is verified before anybody sees it; who sends anything else is left alone for a day.
 */

import { LsdError } from '../../../shared/errors.ts';
import type { Timers } from '../../platform/timers.ts';
import type { BlobHash } from '../blob.ts';
import type { BlobConnection, PeerAddress } from './client.ts';
import { nameOf, type PeerBook } from './peer-book.ts';

/** `now`: somebody reads it. `soon`: somebody will next. */
export type Urgency = 'now' | 'soon' | 'later';
const RANK: Record<Urgency, number> = { now: 0, soon: 1, later: 2 };

/** Connections of one fetcher; lbry-sdk's has as many. */
const MOST_CONNECTIONS = 4;
/** Of them to one peer, where there are not enough others. */
const MOST_OF_PEER = 3;
/** Attempts to connect while there is no connection, as there: many of the named peers are gone. */
const MOST_ATTEMPTS = 12;
const MOST_PEERS = 512;
/** Ms after which a second peer is asked, where one has nothing else to do. */
const HEDGE_MS: Record<Urgency, number> = { now: 3_000, soon: 6_000, later: 10_000 };
/** Ms after which a peer that had not a blob may have it. */
const ASK_AGAIN_MS = 30_000;
/** Ms without a wish after which a connection is closed: others do after 30 s. */
const IDLE_MS = 20_000;

interface Peer {
  address: PeerAddress;
  state: 'known' | 'connecting' | 'idle' | 'busy';
  connection?: BlobConnection | undefined;
  idleSince: number;
}

interface Want {
  hash: BlobHash;
  urgency: Urgency;
  /** when the first was asked, ms */
  askedAt?: number | undefined;
  asked: Set<Peer>;
  /** when each said that it has it not */
  lacking: Map<Peer, number>;
  waiting: Set<PromiseWithResolvers<Uint8Array<ArrayBuffer>>>;
}

export interface BlobFetcher extends AsyncDisposable {
  /**
   * Waits for as long as it takes: for a peer to be named, to come back, to have it. Asked again with more urgency it is hurried.
   * The bytes are the caller's own, all of their buffer.
   */
  get(hash: BlobHash, urgency: Urgency, signal: AbortSignal): Promise<Uint8Array<ArrayBuffer>>;
  /** Where it is waited for already, with more urgency from now on. */
  hurry(hash: BlobHash, urgency: Urgency): void;
  /** One that may have blobs. */
  add(peer: PeerAddress): void;
  /** connected ones */
  readonly connected: number;
  /** all that were named and are not left alone */
  readonly known: number;
  /** Hangs up on those that may not be spoken with any more. */
  review(): void;
}

export interface FetcherOptions {
  /** Throws LsdError where the peer cannot be reached. */
  connect(peer: PeerAddress, signal: AbortSignal): Promise<BlobConnection>;
  book: PeerBook;
  timers: Timers;
  /** Unix ms */
  now(): number;
  mayContact(address: string): boolean;
  /** How many connections all fetchers may have together. */
  slots: { taken: number; readonly most: number };
}

export function createBlobFetcher(options: FetcherOptions): BlobFetcher {
  const { connect, book, timers, now, slots, mayContact } = options;
  const closing = new AbortController();
  const peers = new Map<string, Peer>();
  const wants = new Map<BlobHash, Want>();
  let cancelLook: (() => void) | undefined;

  const inState = (...states: Peer['state'][]) => [...peers.values()].filter(({ state }) => states.includes(state));
  /** Who is new is tried before who is known to be slow, and sooner if it is there. */
  const speedOf = ({ address }: Peer) =>
    book.speed(address) ?? (book.isThere(address) ? Number.MAX_VALUE : Number.MAX_VALUE / 2);
  const isLacking = (want: Want, peer: Peer) => now() - (want.lacking.get(peer) ?? -ASK_AGAIN_MS) < ASK_AGAIN_MS;

  /** Hands out what is wanted, the most urgent first. */
  function pump(): void {
    if (closing.signal.aborted) return;
    const sorted = [...wants.values()].sort((a, b) => RANK[a.urgency] - RANK[b.urgency]);
    for (const want of sorted) {
      if (!mayBeAsked(want)) continue;
      const free = inState('idle').filter(peer => !isLacking(want, peer) && !want.asked.has(peer));
      const best = free.sort((a, b) => speedOf(b) - speedOf(a))[0];
      if (best) void ask(best, want);
      else openOne(want);
    }
    closeIdle();
    look();
  }
  function mayBeAsked({ asked, askedAt = now(), urgency }: Want): boolean {
    return asked.size === 0 || (asked.size === 1 && now() - askedAt >= HEDGE_MS[urgency]);
  }

  const isFree = ({ address }: Peer) => book.freeAt(address) <= now() && mayContact(address.address);
  function openOne(want: Want): void {
    const [open, connecting] = [inState('idle', 'busy').length, inState('connecting').length];
    if (open + connecting >= (open === 0 ? MOST_ATTEMPTS : MOST_CONNECTIONS) || slots.taken >= slots.most) return;
    const free = inState('known').filter(peer => !isLacking(want, peer) && isFree(peer));
    const best = free.sort((a, b) => speedOf(b) - speedOf(a))[0] ?? another(want);
    if (best) void connectTo(best);
  }

  /** One more connection of a peer that gives well, where no other is left: while one blob is verified, the next is on its way. */
  function another(want: Want): Peer | undefined {
    const giving = inState('busy').filter(peer => !isLacking(want, peer) && book.speed(peer.address) !== undefined);
    for (const { address } of giving.sort((a, b) => speedOf(b) - speedOf(a))) {
      const name = nameOf(address);
      const copies = Array.from({ length: MOST_OF_PEER - 1 }, (_, index) => `${name} ${index + 2}`);
      const unused = copies.find(each => !peers.has(each));
      if (unused === undefined) continue;
      const peer: Peer = { address, state: 'known', idleSince: now() };
      peers.set(unused, peer);
      return peer;
    }
    return undefined;
  }

  async function connectTo(peer: Peer): Promise<void> {
    peer.state = 'connecting';
    slots.taken++;
    try {
      peer.connection = await connect(peer.address, closing.signal);
      peer.state = 'idle';
      peer.idleSince = now();
      if (closing.signal.aborted) return await close(peer);
      // While none was connected, more were tried than are needed.
      if (inState('idle', 'busy').length > MOST_CONNECTIONS) await close(peer);
    } catch (thrown) {
      slots.taken--;
      peer.state = 'known';
      blame(peer, thrown);
    }
    pump();
  }

  async function ask(peer: Peer, want: Want): Promise<void> {
    const { connection } = peer;
    if (!connection) return;
    peer.state = 'busy';
    want.asked.add(peer);
    want.askedAt ??= now();
    const began = now();
    try {
      const bytes = await connection.get(want.hash, closing.signal);
      peer.state = 'idle';
      peer.idleSince = now();
      if (bytes) {
        book.delivered(peer.address, bytes.length, now() - began);
        settle(want, bytes);
      } else {
        want.lacking.set(peer, now());
      }
    } catch (thrown) {
      await close(peer);
      blame(peer, thrown);
    }
    want.asked.delete(peer);
    if (want.asked.size === 0) want.askedAt = undefined;
    pump();
  }

  function settle(want: Want, bytes: Uint8Array<ArrayBuffer>): void {
    if (wants.get(want.hash) === want) wants.delete(want.hash);
    const [first, ...others] = want.waiting;
    for (const waiting of others) waiting.resolve(new Uint8Array(bytes));
    first?.resolve(bytes);
  }
  function blame(peer: Peer, thrown: unknown): void {
    if (closing.signal.aborted) return;
    if (thrown instanceof LsdError && thrown.code === 'invalid') book.lied(peer.address);
    else book.failed(peer.address);
  }
  async function close(peer: Peer): Promise<void> {
    const { connection } = peer;
    if (!connection) return;
    peer.connection = undefined;
    peer.state = 'known';
    slots.taken--;
    await connection[Symbol.asyncDispose]();
  }
  function closeIdle(): void {
    for (const peer of inState('idle')) if (now() - peer.idleSince >= IDLE_MS) void close(peer);
  }

  /** Again when something may be otherwise by time alone: a peer is free again, a blob is late, a connection idle. */
  function look(): void {
    cancelLook?.();
    cancelLook = undefined;
    if (wants.size === 0 && inState('idle').length === 0) return;
    cancelLook = timers.after(1_000, pump);
  }

  function forgetWorst(): void {
    if (peers.size < MOST_PEERS) return;
    const worst = [...peers].find(([, { state, address }]) => state === 'known' && book.freeAt(address) > now());
    const [name] = worst ?? [...peers].find(([, { state }]) => state === 'known') ?? [];
    if (name !== undefined) peers.delete(name);
  }

  return {
    get connected() {
      return inState('idle', 'busy').length;
    },
    get known() {
      return [...peers.values()].filter(({ address }) => book.freeAt(address) <= now()).length;
    },
    review() {
      for (const peer of peers.values()) if (!mayContact(peer.address.address)) void close(peer);
    },
    add(address) {
      const name = nameOf(address);
      if (peers.has(name) || closing.signal.aborted) return;
      forgetWorst();
      peers.set(name, { address, state: 'known', idleSince: now() });
      pump();
    },
    hurry(hash, urgency) {
      const want = wants.get(hash);
      if (!want || RANK[urgency] >= RANK[want.urgency]) return;
      want.urgency = urgency;
      pump();
    },
    async get(hash, urgency, signal) {
      signal.throwIfAborted();
      closing.signal.throwIfAborted();
      const want: Want = wants.get(hash) ?? { hash, urgency, asked: new Set(), lacking: new Map(), waiting: new Set() };
      wants.set(hash, want);
      if (RANK[urgency] < RANK[want.urgency]) want.urgency = urgency;
      const waiting = Promise.withResolvers<Uint8Array<ArrayBuffer>>();
      const abort = () => waiting.reject(signal.reason);
      want.waiting.add(waiting);
      signal.addEventListener('abort', abort, { once: true });
      pump();
      try {
        return await waiting.promise;
      } finally {
        signal.removeEventListener('abort', abort);
        want.waiting.delete(waiting);
        // What a peer is sending already is taken from it all the same.
        if (want.waiting.size === 0 && wants.get(hash) === want) wants.delete(hash);
      }
    },
    async [Symbol.asyncDispose]() {
      const reason = new LsdError('aborted', 'This stream is not fetched any more.');
      closing.abort(reason);
      cancelLook?.();
      for (const { waiting } of wants.values()) for (const each of waiting) each.reject(reason);
      wants.clear();
      await Promise.all([...peers.values()].map(close));
    },
  };
}
