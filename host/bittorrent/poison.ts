/**
 * Peers that send wrong pieces are banned: at once where one peer sent the whole piece, else after their third wrong one. So
 * are those that break the protocol.
 */

import type { Torrent, Wire } from 'webtorrent';

const STRIKES = 3;

export interface PoisonWatch {
  /** Hangs up on a peer that is banned. */
  follow(wire: Wire): void;
  /** A piece was wrong that was made of blocks of these addresses. */
  wrong(senders: ReadonlySet<string>): void;
  ban(wire: Wire): void;
  isBanned(host: string): boolean;
}

export function watchPoison(torrent: Torrent, onBan: (host: string) => void): PoisonWatch {
  const strikes = new Map<string, number>();
  const banned = new Set<string>();

  function wrong(senders: ReadonlySet<string>): void {
    for (const host of senders) {
      const count = senders.size === 1 ? STRIKES : (strikes.get(host) ?? 0) + 1;
      strikes.set(host, count);
      if (count >= STRIKES) ban(host);
    }
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
    ban(wire) {
      if (wire.remoteAddress) ban(wire.remoteAddress);
      wire.destroy();
    },
    isBanned: host => banned.has(host),
  };
}
