/** A network of DHT nodes in one process, with a clock that stands still while anything happens and jumps when nothing does. */

import { setImmediate as turn } from 'node:timers/promises';
import { createDhtNode, type DhtNode, randomKey } from '../../host/lbry/dht/node.ts';
import type { DatagramSocket } from '../../host/lbry/dht/rpc.ts';
import type { Timers } from '../../host/platform/timers.ts';

type Listener = (bytes: Uint8Array, address: string, port: number) => void;

export interface VirtualNetwork {
  /** datagrams that were sent so far */
  readonly sent: number;
  now(): number;
  readonly timers: Timers;
  /** At the next address, 10.0.0.1 first, port 4444. */
  open(): VirtualSocket;
  /** The same with a node on it. */
  add(): VirtualNode;
  /** What `work` resolves to; time passes only where that is what it waits for. */
  run<T>(work: Promise<T>): Promise<T>;
  /** Lets so much time pass, ms. */
  pass(ms: number): Promise<void>;
}

export interface VirtualSocket {
  socket: DatagramSocket;
  address: string;
  udpPort: number;
  /** From now on nothing reaches it, and it says nothing. */
  vanish(): void;
}

export interface VirtualNode extends VirtualSocket {
  node: DhtNode;
}

const PORT = 4444;

export function createVirtualNetwork(): VirtualNetwork {
  const listeners = new Map<string, Listener>();
  const waiting = new Set<{ at: number; work: () => void }>();
  let now = 1_700_000_000_000;
  let sent = 0;
  let opened = 0;

  const timers: Timers = {
    after(ms, work) {
      const timer = { at: now + ms, work };
      waiting.add(timer);
      return () => waiting.delete(timer);
    },
  };
  /** Runs the timer that is due next, where one is until then. */
  function jump(until: number): boolean {
    let next: { at: number; work: () => void } | undefined;
    for (const timer of waiting) if (!next || timer.at < next.at) next = timer;
    if (!next || next.at > until) return false;
    waiting.delete(next);
    now = Math.max(now, next.at);
    next.work();
    return true;
  }
  /** Until no datagram is under way: each is handled in a turn of the event loop. */
  async function settle(): Promise<void> {
    for (let before = -1; before !== sent; ) {
      before = sent;
      await turn();
      await turn();
    }
  }

  function open(): VirtualSocket {
    const number = ++opened;
    const address = `10.0.${number >> 8}.${number & 255}`;
    let isThere = true;
    const socket: DatagramSocket = {
      send(bytes, to) {
        sent++;
        if (isThere) setImmediate(() => listeners.get(to)?.(bytes, address, PORT));
      },
      onDatagram: listener => void listeners.set(address, (...given) => isThere && listener(...given)),
    };
    return { socket, address, udpPort: PORT, vanish: () => (isThere = false) };
  }

  return {
    get sent() {
      return sent;
    },
    now: () => now,
    timers,
    open,
    add() {
      const opened = open();
      const { socket } = opened;
      const mayContact = () => true;
      const ownPeer = () => undefined;
      const node = createDhtNode({ id: randomKey(), socket, timers, now: () => now, mayContact, ownPeer });
      return { ...opened, node };
    },
    async run(work) {
      let isOver = false;
      const over = () => {
        isOver = true;
      };
      work.then(over, over);
      await settle();
      while (!isOver) {
        if (!jump(Number.POSITIVE_INFINITY)) throw new Error('Nothing is under way that this could wait for.');
        await settle();
      }
      return work;
    },
    async pass(ms) {
      const end = now + ms;
      do await settle();
      while (jump(end));
      now = end;
    },
  };
}
