/** Peers that send wrong pieces are banned: at once where one peer sent the whole piece, else after their third wrong one. */

import type { Torrent, Wire } from 'webtorrent';

const STRIKES = 3;

export interface PoisonWatch {
  /** Follows what this peer sends; hangs up on one that is banned. */
  follow(wire: Wire): void;
  isBanned(host: string): boolean;
}

export function watchPoison(torrent: Torrent, onBan: (host: string) => void): PoisonWatch {
  const senders = new Map<number, Set<string>>();
  const strikes = new Map<string, number>();
  const banned = new Set<string>();

  function wrong(piece: number): void {
    const hosts = senders.get(piece) ?? new Set();
    senders.delete(piece);
    for (const host of hosts) {
      const count = hosts.size === 1 ? STRIKES : (strikes.get(host) ?? 0) + 1;
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

  torrent.on('verified', (piece: number) => senders.delete(piece));
  torrent.on('warning', (warning: Error | string) => {
    // The library has no event for it; its version is pinned, and a test feeds it a wrong piece.
    const match = /^Piece (\d+) failed verification$/.exec(typeof warning === 'string' ? warning : warning.message);
    if (match) wrong(Number(match[1]));
  });

  return {
    follow(wire) {
      const host = wire.remoteAddress;
      if (!host) return;
      if (banned.has(host)) {
        wire.destroy();
        return;
      }
      wire.prependListener('piece', (piece: number) => {
        const hosts = senders.get(piece) ?? new Set();
        senders.set(piece, hosts.add(host));
      });
    },
    isBanned: host => banned.has(host),
  };
}
