/** Every way to a peer of one torrent: trackers, the DHT, PEX, LAN discovery, the site's own list; checked before it is dialled. */

import type { Torrent, Wire } from 'webtorrent';
import { isAllowed } from '../../platform/addresses.ts';
import type { Net } from '../../platform/net.ts';
import type { Place, Places } from '../engine/link.ts';
import type { PoisonWatch } from '../fetching/poison.ts';
import { preferOurOffer } from '../peers/crossed.ts';
import { alternateEncryption } from '../peers/encryption.ts';
import { spareNeedlessDials } from '../peers/needless-dials.ts';
import { checkCandidates, isRtcPeer, makeWayIn } from '../peers/webrtc.ts';

export interface DialDeps {
  torrent: Torrent;
  net: Net;
  poison: PoisonWatch;
  places(): Places;
  onRefused(what: string, why: string): void;
}

export interface Dial {
  /** An address or a WebRTC connection; `lan`: by whose word it came, it may be private. */
  peer(peer: string | { destroy(): void }, lan: boolean, source: string): void;
  /** Addresses or host names of the site's own list. */
  named(peers: Place[]): void;
  webSeeds(places: Place[]): Promise<void>;
  /** Told of each new connection. */
  follow(wire: Wire): void;
}

/** addresses of peer exchange that may wait to be dialled, of one torrent: any peer can send as many as it likes */
const MAX_HEARSAY = 200;

const ADDRESS = /^(?:\[([0-9a-fA-F:.]+)\]|([^:[\]]+)):(\d{1,5})$/;

export function createDial({ torrent, net, poison, places, onRefused }: DialDeps): Dial {
  alternateEncryption(torrent);
  const follow = spareNeedlessDials(torrent);
  const makeWay = makeWayIn(torrent, () => performance.now());
  const dial = torrent.addPeer.bind(torrent);
  // The library's own sources end here as well.
  torrent.addPeer = (found, source) => {
    peer(found, source === 'lsd' || places().lan, source ?? '');
    return true;
  };

  function peer(found: string | { destroy(): void }, lan: boolean, source: string): void {
    if (typeof found === 'string') {
      const match = ADDRESS.exec(found);
      const host = match?.[1] ?? match?.[2];
      // Only the site's own list may name hosts; all others must give numbers.
      if (host && isAllowed(host, { lan })) dialAddress(host, match?.[3], source);
    } else if (torrent.destroyed) {
      found.destroy();
    } else {
      // Where the LAN is allowed any candidate is; a blocked address is found out when it connects (blocked.ts).
      if (isRtcPeer(found)) makeWay(found);
      if (!lan && isRtcPeer(found)) checkCandidates(found, at => isAllowed(at, { lan: false }) && !net.isBlocked(at));
      preferOurOffer(torrent, found);
      dial(found, source);
    }
  }

  function dialAddress(address: string, port: string | undefined, source: string): void {
    if (torrent.destroyed || poison.isBanned(address) || net.isBlocked(address)) return;
    if (source === 'ut_pex' && (torrent._queue?.length ?? 0) >= MAX_HEARSAY) return;
    dial(address.includes(':') ? `[${address}]:${port}` : `${address}:${port}`, source);
  }

  async function resolved({ at, lan }: Place): Promise<void> {
    const match = ADDRESS.exec(at);
    const host = match?.[1] ?? match?.[2];
    if (!host) return;
    try {
      const { address } = await net.lookupChecked(host, { lan });
      dialAddress(address, match?.[3], 'site');
    } catch (thrown) {
      onRefused(at, String(thrown));
    }
  }

  return {
    peer,
    follow,
    named(peers) {
      for (const place of peers) void resolved(place);
    },
    async webSeeds(seeds) {
      for (const { at, lan } of seeds) {
        try {
          await net.lookupChecked(new URL(at).hostname, { lan });
          if (!torrent.destroyed) torrent.addWebSeed(at);
        } catch (thrown) {
          onRefused(at, String(thrown));
        }
      }
    },
  };
}
