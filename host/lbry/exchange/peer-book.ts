/** What is known of blob peers, whatever they are asked for: how fast they are, and who is left alone for how long. */

import type { PeerAddress } from './client.ts';

/** As lbry-sdk: a peer is left alone for the square of its failures in a row, s, and no longer than this. */
const MOST_LEFT_ALONE_S = 30;
/** Ms for one that sent other bytes than those that were asked for: nothing is an accident there. */
const BANNED_MS = 86_400_000;
/** How much the latest transfer counts. */
const WEIGHT = 0.3;
const MOST_REMEMBERED = 2_048;

interface Record {
  failures: number;
  /** Unix ms until when it is left alone */
  until: number;
  /** bytes a second; undefined: none came yet */
  speed?: number;
  /** its node of the hash table answers */
  isThere?: boolean;
}

export interface PeerBook {
  delivered(peer: PeerAddress, bytes: number, ms: number): void;
  /** It could not be reached, was silent, or hung up. */
  failed(peer: PeerAddress): void;
  /** It sent what is wrong. */
  lied(peer: PeerAddress): void;
  /** Its node of the hash table answered: of those that gave nothing yet it is asked first. */
  greeted(peer: PeerAddress): void;
  isThere(peer: PeerAddress): boolean;
  /** Unix ms from when it may be asked again */
  freeAt(peer: PeerAddress): number;
  /** bytes a second; undefined of one that gave nothing yet */
  speed(peer: PeerAddress): number | undefined;
}

export function nameOf({ address, tcpPort }: PeerAddress): string {
  return `${address}:${tcpPort}`;
}

/** `now`: Unix ms */
export function createPeerBook(now: () => number): PeerBook {
  const records = new Map<string, Record>();

  function note(peer: PeerAddress, change: (record: Record) => void): void {
    const name = nameOf(peer);
    const record = records.get(name) ?? { failures: 0, until: 0 };
    change(record);
    records.delete(name);
    records.set(name, record);
    const [oldest] = records.size > MOST_REMEMBERED ? records.keys() : [];
    if (oldest !== undefined) records.delete(oldest);
  }

  return {
    delivered: (peer, bytes, ms) =>
      note(peer, record => {
        const speed = (bytes * 1000) / Math.max(1, ms);
        record.failures = 0;
        record.speed = record.speed === undefined ? speed : record.speed * (1 - WEIGHT) + speed * WEIGHT;
      }),
    failed: peer =>
      note(peer, record => {
        record.failures++;
        record.until = Math.max(record.until, now() + 1000 * Math.min(MOST_LEFT_ALONE_S, record.failures ** 2));
      }),
    lied: peer => note(peer, record => (record.until = now() + BANNED_MS)),
    greeted: peer => note(peer, record => (record.isThere = true)),
    isThere: peer => records.get(nameOf(peer))?.isThere === true,
    freeAt: peer => records.get(nameOf(peer))?.until ?? 0,
    speed: peer => records.get(nameOf(peer))?.speed,
  };
}
