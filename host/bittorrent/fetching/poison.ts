/**
 * Peers that send wrong pieces are banned: at once where one peer sent the whole piece, else after their third wrong one,
 * unless they had a part in more right ones. So are those that break the protocol.
 */

import type { Torrent, Wire } from 'webtorrent';

const STRIKES = 3;

export interface PoisonWatch {
  /** Hangs up on a peer that is banned. */
  follow(wire: Wire): void;
  /** A piece was wrong that was made of blocks of these addresses. */
  wrong(senders: ReadonlySet<string>): void;
  /** A piece was right that was made of blocks of these addresses. */
  right(senders: ReadonlySet<string>): void;
  ban(wire: Wire): void;
  isBanned(host: string): boolean;
}

export function watchPoison(torrent: Torrent, onBan: (host: string) => void): PoisonWatch {
  const strikes = new Map<string, number>();
  const merits = new Map<string, number>();
  const banned = new Set<string>();

  function wrong(senders: ReadonlySet<string>): void {
    if (senders.size === 1) {
      for (const host of senders) ban(host);
      return;
    }
    for (const host of senders) strikes.set(host, (strikes.get(host) ?? 0) + 1);
    const doubtful = [...senders].filter(isDoubtful);
    // Who is at fault is not known where all are alike: the honest one may be among them, and it is the one that is needed.
    if (doubtful.length < senders.size) for (const host of doubtful) ban(host);
  }

  function isDoubtful(host: string): boolean {
    const count = strikes.get(host) ?? 0;
    return count >= STRIKES && count > (merits.get(host) ?? 0);
  }

  function ban(host: string): void {
    if (banned.has(host)) return;
    banned.add(host);
    onBan(host);
    for (const wire of [...torrent.wires]) if (wire.remoteAddress === host) wire.destroy();
  }

  return {
    follow(wire) {
      if (wire.remoteAddress && banned.has(wire.remoteAddress)) wire.destroy();
    },
    wrong,
    right(senders) {
      for (const host of senders) merits.set(host, (merits.get(host) ?? 0) + 1);
    },
    ban(wire) {
      if (wire.remoteAddress) ban(wire.remoteAddress);
      wire.destroy();
    },
    isBanned: host => banned.has(host),
  };
}
