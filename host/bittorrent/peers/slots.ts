/**
 * Peers that are served at once, of all torrents together. WebTorrent unchokes by torrent; who finds no slot here waits in
 * turn, and the one that had its slot the longest gives it up for them every few seconds.
 */

import type { Wire } from 'webtorrent';

/** WebTorrent's own round, too */
const ROUND_MS = 10_000;

export interface Slots {
  /** null = no limit */
  set(count: number | null): void;
  /** Must come before anything unchokes the wire. */
  follow(wire: Wire): void;
  readonly taken: number;
  close(): void;
}

export function createSlots(every: (ms: number, work: () => void) => () => void): Slots {
  let count: number | null = null;
  /** those unchoked, and those that would be; who came first stands first */
  const holders = new Map<Wire, { unchoke(): void; choke(): void }>();
  const waiting = new Map<Wire, { unchoke(): void; choke(): void }>();

  const isFull = () => count !== null && holders.size >= count;

  function grant(): void {
    for (const [wire, own] of waiting) {
      if (isFull()) return;
      waiting.delete(wire);
      if (wire.destroyed || !wire.peerInterested) continue;
      holders.set(wire, own);
      own.unchoke();
    }
  }

  /** Takes slots back, the oldest first, until `left` are held; who still wants one waits again. */
  function takeBack(left: number): void {
    for (const [wire, own] of holders) {
      if (holders.size <= left) return;
      holders.delete(wire);
      own.choke();
      if (wire.peerInterested) waiting.set(wire, own);
    }
  }

  const stop = every(ROUND_MS, () => {
    if (waiting.size === 0 || !isFull()) return;
    takeBack(holders.size - 1);
    grant();
  });

  return {
    get taken() {
      return holders.size;
    },
    set(next) {
      count = next;
      if (next !== null) takeBack(next);
      grant();
    },
    follow(wire) {
      const own = { unchoke: wire.unchoke.bind(wire), choke: wire.choke.bind(wire) };
      const leave = () => {
        waiting.delete(wire);
        if (holders.delete(wire)) grant();
      };
      wire.unchoke = () => {
        if (holders.has(wire)) return own.unchoke();
        waiting.set(wire, own);
        grant();
      };
      wire.choke = () => {
        own.choke();
        leave();
      };
      // A slot that is not used is another's.
      wire.on('uninterested', () => {
        if (waiting.size > 0 && holders.has(wire)) wire.choke();
      });
      wire.on('close', leave);
    },
    close: stop,
  };
}
