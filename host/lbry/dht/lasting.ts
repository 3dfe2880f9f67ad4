/** The node that stays: the same id and neighbours after a restart, and a way back into the network whenever it was lost. */

import { LsdError } from '../../../shared/errors.ts';
import type { DhtContact, DhtPeer, LbryDht } from '../../core/lbry.ts';
import type { LbryStore } from '../../core/lbry-store.ts';
import { pause, type Timers } from '../../platform/timers.ts';
import { type Key, parseKey } from './id.ts';
import type { Contact, Peer } from './messages.ts';
import { createDhtNode, type DhtNode, randomKey } from './node.ts';
import type { NodeAddress } from './rpc.ts';
import type { UdpSocket } from './udp.ts';

/** Ms between attempts to enter: as lbry-sdk at first, then less often. */
const FIRST_MS = 1_000;
const LONGEST_MS = 60_000;
/** Ms between looks whether the network is still there, and between notes of who is in it. */
const LOOK_MS = 60_000;
const NOTE_MS = 600_000;
const MOST_NOTED = 64;
/** Ports under this are nobody's to announce: nodes refuse them. */
const LEAST_PORT = 1_024;
const MOST_PORT = 65_534;

export interface LastingNodeOptions {
  store: Pick<LbryStore, 'nodeId' | 'setNodeId' | 'contacts' | 'setContacts'>;
  socket: Pick<UdpSocket, 'send' | 'onDatagram' | 'port'>;
  /** By whom it is entered, where nobody of before is left. */
  seeds(): Promise<NodeAddress[]>;
  timers: Timers;
  /** Unix ms */
  now(): number;
  mayContact(address: string): boolean;
  ownPeer(key: Key): Peer | undefined;
}

/** What the node alone can do: it announces once. */
export interface OnceDht extends Omit<LbryDht, 'announce' | 'unannounce' | 'announced'> {
  /** Resolves to the nodes that noted it, for a day; throws `timeout` where none did. */
  announce(key: string, port: number, signal: AbortSignal): Promise<DhtContact[]>;
}

export interface LastingNode {
  readonly node: DhtNode;
  readonly dht: OnceDht;
  /** It knows others. */
  isIn(): boolean;
  /** Who it knows is written down, and it falls silent. */
  close(): void;
}

export function openLastingNode(options: LastingNodeOptions): LastingNode {
  const { store, socket, timers, now, mayContact } = options;
  const id = parseKey(store.nodeId() ?? '') ?? randomKey();
  store.setNodeId(id);
  const node = createDhtNode({ ...options, id });
  const closing = new AbortController();
  const { signal } = closing;
  const entered = Promise.withResolvers<void>();

  const contacts = () => node.table.buckets().flat();
  function note(): void {
    const known = contacts().slice(0, MOST_NOTED);
    // Who was known is worth more than nobody: the network may be away, and not they.
    if (known.length > 0) store.setContacts(known.map(shown));
  }

  async function enter(): Promise<void> {
    const known = store.contacts().filter(({ address }) => mayContact(address));
    for (let wait = FIRST_MS; !signal.aborted; wait = Math.min(LONGEST_MS, wait * 2)) {
      const seeds = await options.seeds().catch(emptyOnLsdError);
      await node.join([...known, ...seeds], signal);
      // Others may have found this one, too.
      entered.resolve();
      if (node.table.size > 0) return;
      await pause(timers, wait, signal);
    }
  }
  async function stay(): Promise<void> {
    let notedAt = now();
    while (!signal.aborted) {
      if (node.table.size === 0) await enter();
      if (now() - notedAt >= NOTE_MS) {
        note();
        notedAt = now();
      }
      await pause(timers, LOOK_MS, signal);
    }
  }
  const staying = stay().catch(thrown => {
    if (!signal.aborted) throw thrown;
  });

  /** Whoever asks before this one has looked round waits for that. */
  async function ready(outer: AbortSignal): Promise<void> {
    const gone = Promise.withResolvers<never>();
    const abort = () => gone.reject(outer.reason);
    if (outer.aborted) abort();
    outer.addEventListener('abort', abort, { once: true });
    await Promise.race([entered.promise, gone.promise]).finally(() => outer.removeEventListener('abort', abort));
  }

  const dht: OnceDht = {
    nodeId: id,
    port: socket.port,
    async *find(text, outer) {
      const key = keyOf(text);
      await ready(outer);
      for await (const peer of node.findPeers(key, outer)) yield peerOf(peer);
    },
    async announce(text, port, outer) {
      const key = keyOf(text);
      if (!Number.isInteger(port) || port < LEAST_PORT || port > MOST_PORT)
        throw new LsdError(
          'invalid',
          `${port} is no port that can be announced: it must be ${LEAST_PORT} to ${MOST_PORT}.`,
        );
      await ready(outer);
      const stored = await node.announce(key, port, outer);
      if (stored.length === 0) throw new LsdError('timeout', 'No node noted the announce. Try it again.');
      return stored.map(shown);
    },
    ping: async (to, outer) => shown(await node.ping(to, outer)),
    buckets: () => node.table.buckets().map(contacts => contacts.map(shown)),
  };

  return {
    node,
    dht,
    isIn: () => node.table.size > 0,
    close() {
      note();
      closing.abort(new LsdError('aborted', 'The node of the DHT is closed.'));
      node.close();
      void staying;
    },
  };
}

function shown({ id, address, udpPort }: Contact): DhtContact {
  return { nodeId: id, address, udpPort };
}

function peerOf({ id, address, tcpPort }: Peer): DhtPeer {
  return { nodeId: id, address, tcpPort };
}

export function keyOf(text: string): Key {
  const key = parseKey(text);
  if (key) return key;
  throw new LsdError('invalid', `This is no key: it must be 96 hexadecimal digits, and is ${text.length} characters.`);
}

function emptyOnLsdError(thrown: unknown): [] {
  if (thrown instanceof LsdError) return [];
  throw thrown;
}
