/** How the WebRTC connections of a torrent look for their own addresses (ICE): by which local address, and which servers. */

import type { RtcConnection, Client as TrackerClient } from 'bittorrent-tracker';
import { isHere } from '../../platform/local-address.ts';
import type { Net } from '../../platform/net.ts';
import type { Place } from '../engine/link.ts';
import { checkedStun } from '../meeting/stun.ts';

/**
 * ms that the own addresses are waited for before an offer or answer is sent; usually they are there much sooner, but a STUN
 * server may be silent.
 */
const GATHER_MS = 1_500;

/** of one torrent, with those that are offered: whoever announces at the tracker may offer as many as it likes */
const MAX_CONNECTIONS = 100;

export interface Ice {
  /** True where these are others than before. */
  set(stun: Place[]): boolean;
  /** Resolves when the names of the servers are resolved. */
  ready(): Promise<void>;
  /** The connections that this client makes from now on are made so. */
  use(client: TrackerClient): void;
}

export function createIce({ net, bindAddress }: { net: Net; bindAddress: string | null }): Ice {
  let asked = '[]';
  let servers: string[] = [];
  let resolving: Promise<void> = Promise.resolve();
  const live = new Set<RtcConnection>();

  async function resolve(stun: Place[]): Promise<void> {
    const found = await Promise.all(stun.map(place => checkedStun(net, place)));
    servers = found.filter(each => each !== null);
  }

  /** Too many are there, or they cannot be bound: libdatachannel ends the process when it is told to bind to what is gone. */
  function isOff(): boolean {
    // simple-peer does not always say that it was closed; it then lets go of its connection.
    for (const each of live) if (!each._pc) live.delete(each);
    return live.size >= MAX_CONNECTIONS || (bindAddress !== null && !isHere(bindAddress));
  }

  return {
    set(stun) {
      const wanted = JSON.stringify(stun);
      if (wanted === asked) return false;
      asked = wanted;
      resolving = resolving.then(() => resolve(stun));
      return true;
    },
    ready: () => resolving,
    use(client) {
      for (const tracker of client._trackers) {
        const create = tracker._createPeer?.bind(tracker);
        if (!create) continue;
        const local = bindAddress === null ? {} : { bindAddress };
        tracker._createPeer = options => {
          const config = { iceServers: servers.map(urls => ({ urls })), ...local };
          const made = create({ ...options, config, iceCompleteTimeout: GATHER_MS });
          tellGathered(made);
          live.add(made);
          return made;
        };
        const answer = tracker._onAnnounceResponse?.bind(tracker);
        tracker._onAnnounceResponse = said => {
          const { offer: _, ...rest } = said;
          answer?.(isOff() ? rest : said);
        };
        const offer = tracker._generateOffers?.bind(tracker);
        tracker._generateOffers = (count, made) => (isOff() ? made([]) : offer?.(count, made));
      }
    },
  };
}

/** simple-peer waits for the browsers' sign that all addresses are gathered, which webrtc-polyfill 1.2.2 never gives. */
function tellGathered(made: RtcConnection): void {
  const connection = made._pc;
  connection?.addEventListener('icegatheringstatechange', () => {
    if (connection.iceGatheringState === 'complete') made._onIceCandidate({});
  });
}
