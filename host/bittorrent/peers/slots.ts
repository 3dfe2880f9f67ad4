/**
 * Peers that are served at once: of all torrents together, and of each one that is complete. Who finds no slot waits in turn,
 * and those that had theirs the longest give it up for them every few seconds. (While a torrent is fetched, WebTorrent chooses
 * those who give most. Of a complete one it would serve who takes fastest, and leave the others a single slot.)
 */

import type { Wire } from 'webtorrent';

/** WebTorrent's own round, too */
const ROUND_MS = 10_000;
/** of the slots that others wait for, those that change hands in a round: who has one keeps it for about five, where there are so many */
const TURN = 0.2;

/** How many may hold a slot at once, of all or of one torrent; `most` null = no limit. */
export interface Share {
  most: number | null;
  held: number;
}

export function openShare(most: number | null = null): Share {
  return { most, held: 0 };
}

export interface Slots {
  /** of all together; null = no limit */
  set(count: number | null): void;
  /** A share is another now. */
  review(): void;
  /** Must come before anything unchokes the wire. */
  follow(wire: Wire, share: Share): void;
  readonly taken: number;
  close(): void;
}

interface Place {
  share: Share;
  unchoke(): void;
  choke(): void;
}

const isFull = ({ most, held }: Share) => most !== null && held >= most;

export function createSlots(every: (ms: number, work: () => void) => () => void): Slots {
  const all = openShare();
  /** those unchoked, and those that would be; who came first stands first */
  const holders = new Map<Wire, Place>();
  const waiting = new Map<Wire, Place>();

  function hold(wire: Wire, place: Place): void {
    waiting.delete(wire);
    holders.set(wire, place);
    place.share.held++;
    all.held++;
    place.unchoke();
  }

  function release(wire: Wire): Place | undefined {
    const place = holders.get(wire);
    if (!place) return undefined;
    holders.delete(wire);
    place.share.held--;
    all.held--;
    return place;
  }

  function grant(): void {
    for (const [wire, place] of waiting) {
      if (isFull(all)) return;
      if (wire.destroyed || !wire.peerInterested) waiting.delete(wire);
      else if (!isFull(place.share)) hold(wire, place);
    }
  }

  /** Takes slots back, the oldest first, until `left` are held; who still wants one waits again. */
  function takeBack(share: Share, left: number): void {
    for (const [wire, place] of holders) {
      if (share.held <= left) return;
      if (share !== all && share !== place.share) continue;
      release(wire);
      place.choke();
      if (wire.peerInterested) waiting.set(wire, place);
    }
  }

  /** A slot that is not used is another's. */
  function takeUnused(): void {
    for (const [wire, place] of holders) {
      if (!wire.peerInterested && release(wire)) place.choke();
    }
  }

  function turn(share: Share): void {
    if (share.most === null || !isFull(share)) return;
    const next = [...waiting].filter(
      ([wire, place]) => wire.peerInterested && (share === all || share === place.share),
    ).length;
    if (next === 0) return;
    takeBack(share, share.held - Math.min(next, Math.max(1, Math.floor(share.most * TURN))));
    grant();
  }

  const shares = (places: Map<Wire, Place>) => [all, ...new Set([...places.values()].map(({ share }) => share))];

  function review(): void {
    for (const share of shares(holders)) if (share.most !== null) takeBack(share, share.most);
    grant();
  }

  const stop = every(ROUND_MS, () => shares(waiting).forEach(turn));

  return {
    get taken() {
      return holders.size;
    },
    set(count) {
      all.most = count;
      review();
    },
    review,
    follow(wire, share) {
      const place = { share, unchoke: wire.unchoke.bind(wire), choke: wire.choke.bind(wire) };
      const leave = () => {
        waiting.delete(wire);
        if (release(wire)) grant();
      };
      wire.unchoke = () => {
        if (holders.has(wire)) return place.unchoke();
        waiting.set(wire, place);
        takeUnused();
        grant();
      };
      wire.choke = () => {
        place.choke();
        leave();
      };
      wire.on('uninterested', () => {
        if (waiting.size > 0 && holders.has(wire)) wire.choke();
      });
      wire.on('close', leave);
    },
    close: stop,
  };
}
