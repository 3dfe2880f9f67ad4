/** A node of the DHT: joins, answers, finds who announced a key, and announces. Any key of 384 bits, for any application. */

import { randomBytes } from 'node:crypto';
import { LsdError } from '../../../shared/errors.ts';
import { latin1 } from '../../core/bencode.ts';
import type { Timers } from '../../platform/timers.ts';
import { answerTo } from './answers.ts';
import { KEY_BYTES, type Key, keyOf } from './id.ts';
import { lookup } from './lookup.ts';
import {
  type Contact,
  type FoundValue,
  PAGE,
  type Peer,
  readContacts,
  readFoundValue,
  readRequest,
} from './messages.ts';
import { createNeighbours } from './neighbours.ts';
import { createPeerStore } from './peer-store.ts';
import { createRoutingTable, type RoutingTable } from './routing-table.ts';
import { createRpc, type DatagramSocket, type NodeAddress } from './rpc.ts';
import { createTokenBook } from './token-book.ts';
import { createTokens } from './tokens.ts';

export interface DhtNodeOptions {
  id: Key;
  socket: DatagramSocket;
  timers: Timers;
  /** Unix ms */
  now(): number;
  /** May this address be spoken with? */
  mayContact(address: string): boolean;
  /** This node as a peer for the key, where it has it and knows its own address. */
  ownPeer(key: Key): Peer | undefined;
}

export interface DhtNode {
  readonly id: Key;
  readonly table: RoutingTable;
  /** The contact with the id that it turns out to have. Throws `timeout`. */
  ping(address: NodeAddress, signal: AbortSignal): Promise<Contact>;
  /** Pings these, then looks for itself among their neighbours. Resolves to how many nodes are known. */
  join(seeds: readonly NodeAddress[], signal: AbortSignal): Promise<number>;
  /** The nodes nearest to the key that answer, the nearest first. */
  findNodes(key: Key, signal: AbortSignal): Promise<Contact[]>;
  /** Those who announced the key, as they are found, each once. */
  findPeers(key: Key, signal: AbortSignal): AsyncIterable<Peer>;
  /** Says to the nodes nearest to the key that this one gives it at this TCP port. Resolves to those that noted it. */
  announce(key: Key, tcpPort: number, signal: AbortSignal): Promise<Contact[]>;
  /** Looks into every part of the table, so that it stays full of nodes that are there. */
  refresh(signal: AbortSignal): Promise<void>;
  /** Nothing is asked any more, and nothing answered. The socket is its owner's. */
  close(): void;
}

/** Of one node. lbry-sdk keeps more than 64 pages of nothing. */
const MOST_PAGES = 64;
/** Ms between looks into every part of the table; and while it holds fewer than a page, between those. */
const REFRESH_MS = 3_600_000;
const REFRESH_FEW_MS = 300_000;
/** While so few buckets have nodes, random keys are looked up, too. */
const FEW_BUCKETS = 3;
const RANDOM_KEYS = 2;

export function createDhtNode({ id: self, socket, timers, now, mayContact, ownPeer }: DhtNodeOptions): DhtNode {
  const closing = new AbortController();
  const closed = closing.signal;
  const table = createRoutingTable(self);
  const peers = createPeerStore(now);
  const tokens = createTokens(now);
  const tokenBook = createTokenBook(now);
  const rpc = createRpc({
    self,
    socket,
    timers,
    mayContact,
    answer(datagram, from) {
      neighbours.meet(from);
      return answerTo(readRequest(datagram), from, { self, table, peers, tokens, ownPeer });
    },
  });
  const neighbours = createNeighbours({ table, rpc, timers, now }, closed);

  const worthAsking = (contacts: readonly Contact[]) =>
    contacts.filter(contact => mayContact(contact.address) && !neighbours.isBad(contact));

  function findNodes(key: Key, signal: AbortSignal): Promise<Contact[]> {
    const probe = async (contact: Contact) => {
      const { result } = await neighbours.ask(contact, { method: 'findNode', key }, signal);
      return worthAsking(readContacts(result));
    };
    return lookup({ key, self, start: table.closest(key), probe }, signal);
  }

  async function findValue(contact: Contact, key: Key, page: number, signal: AbortSignal): Promise<FoundValue> {
    const { result } = await neighbours.ask(contact, { method: 'findValue', key, page }, signal);
    const found = readFoundValue(result, key);
    tokenBook.keep(contact, found.token);
    return found;
  }

  /** All pages of one node. The nodes that it names stand on the first. */
  async function readPages(contact: Contact, key: Key, onPeers: (peers: Peer[]) => void, signal: AbortSignal) {
    const first = await findValue(contact, key, 0, signal);
    let latest = first;
    for (let page = 1; ; page++) {
      onPeers(latest.peers);
      if (latest.peers.length < PAGE || page >= Math.min(latest.pages, MOST_PAGES)) return first.contacts;
      latest = await findValue(contact, key, page, signal);
    }
  }

  async function* findPeers(key: Key, outer: AbortSignal): AsyncGenerator<Peer> {
    const left = new AbortController();
    const signal = AbortSignal.any([outer, left.signal]);
    const seen = new Set<string>();
    const found: Peer[] = [];
    let bell = Promise.withResolvers<void>();
    let isOver = false;
    const onPeers = (peers: Peer[]) => {
      for (const peer of peers.filter(({ address }) => mayContact(address))) {
        const name = `${peer.address}:${peer.tcpPort}`;
        if (!seen.has(name)) found.push(peer);
        seen.add(name);
      }
      bell.resolve();
    };
    const probe = async (contact: Contact) => worthAsking(await readPages(contact, key, onPeers, signal));
    const ended = lookup({ key, self, start: table.closest(key), probe }, signal).finally(() => {
      isOver = true;
      bell.resolve();
    });
    ended.catch(() => {}); // is thrown below, where somebody still reads
    // This node may be among the nearest, and nobody else would ask it.
    onPeers(peers.peersOf(key));
    try {
      while (!isOver || found.length > 0) {
        yield* found.splice(0);
        await bell.promise;
        bell = Promise.withResolvers();
        if (isOver) bell.resolve();
      }
      await ended;
    } finally {
      left.abort();
    }
  }

  async function store(contact: Contact, key: Key, tcpPort: number, signal: AbortSignal): Promise<void> {
    const token = tokenBook.take(contact) ?? (await findValue(contact, key, 0, signal)).token;
    const request = { method: 'store', key, token, tcpPort, publisher: self } as const;
    const { result } = await neighbours.ask(contact, request, signal);
    if (!(result instanceof Uint8Array && latin1(result) === 'OK'))
      throw new LsdError('site-error', 'It was not noted.');
  }
  async function isStored(contact: Contact, key: Key, tcpPort: number, signal: AbortSignal): Promise<boolean> {
    for (const attempt of ['with the token that is kept', 'with a new one']) {
      try {
        await store(contact, key, tcpPort, signal);
        return true;
      } catch (thrown) {
        if (!(thrown instanceof LsdError)) throw thrown;
        tokenBook.drop(contact);
        if (thrown.code === 'timeout' || attempt === 'with a new one') return false;
      }
    }
    return false;
  }

  async function refresh(signal: AbortSignal): Promise<void> {
    const filled = table.buckets().filter(contacts => contacts.length > 0).length;
    const random = filled <= FEW_BUCKETS ? Array.from({ length: RANDOM_KEYS * filled }, randomKey) : [];
    for (const key of [...table.midpoints(), ...random]) await findNodes(key, signal);
  }
  function refreshLater(): void {
    const cancel = timers.after(table.size < PAGE ? REFRESH_FEW_MS : REFRESH_MS, () => {
      closed.removeEventListener('abort', cancel);
      void refresh(closed).catch(onlyClosed).finally(refreshLater);
    });
    closed.addEventListener('abort', cancel, { once: true });
    if (closed.aborted) cancel();
  }
  function onlyClosed(thrown: unknown): void {
    if (!closed.aborted) throw thrown;
  }
  refreshLater();

  return {
    id: self,
    table,
    refresh,
    ping: neighbours.ping,
    findNodes,
    findPeers,
    async join(seeds, signal) {
      await Promise.allSettled(seeds.map(seed => neighbours.ping(seed, signal)));
      signal.throwIfAborted();
      await findNodes(self, signal);
      return table.size;
    },
    async announce(key, tcpPort, signal) {
      const nearest = (await findNodes(key, signal)).slice(0, PAGE);
      const stored = await Promise.all(nearest.map(contact => isStored(contact, key, tcpPort, signal)));
      return nearest.filter((_, index) => stored[index]);
    },
    close() {
      closing.abort();
      rpc.close();
    },
  };
}

/** As the id of a node, too. */
export function randomKey(): Key {
  return keyOf(randomBytes(KEY_BYTES))!;
}
