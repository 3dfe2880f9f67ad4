/** WebRTC connections that a tracker introduces: what the other side says of its addresses is checked as any peer's is. */

import type { Torrent } from 'webtorrent';
import { isAllowed } from '../../platform/addresses.ts';

type IsAllowed = (address: string) => boolean;

/** What any peer's address must be. */
const isPublic: IsAllowed = address => isAllowed(address, { lan: false });

/** A simple-peer connection, as far as it concerns us. */
export interface RtcPeer {
  /** the peer id, hex */
  readonly id?: string;
  signal(data: unknown): void;
  destroy(): void;
}

export function isRtcPeer(peer: unknown): peer is RtcPeer {
  return typeof peer === 'object' && peer !== null && 'signal' in peer && 'destroy' in peer;
}

/** ms after which a connection that is not up counts as failed, where the same peer tries anew */
const STALE_MS = 4_000;

/**
 * WebTorrent refuses a second connection of a peer while it waits for the first, 25 s for one that will never be. What this
 * gives takes an old one out of a new one's way. A young one stays: where both sides offer at once, each would drop what the
 * other keeps.
 */
export function makeWayIn(torrent: Torrent, now: () => number): (peer: RtcPeer) => void {
  const since = new WeakMap<object, number>();
  return peer => {
    since.set(peer, now());
    const before = peer.id === undefined ? undefined : torrent._peers?.get(peer.id);
    if (!before?.conn || before.connected) return;
    if (now() - (since.get(before.conn) ?? now()) > STALE_MS) torrent.removePeer(before);
  };
}

/** Must be called before the connection gets its first signal. */
export function checkCandidates(peer: RtcPeer, allowed: IsAllowed): void {
  const signal = peer.signal.bind(peer);
  peer.signal = data => signal(withoutForbidden(data, allowed));
}

/**
 * A session description and nothing beside it. The library would also take JSON text, single candidates (`candidate`), and
 * wishes to negotiate anew: each a way round the check, and none is of use where all candidates come in the description.
 */
export function withoutForbidden(
  data: unknown,
  allowed: IsAllowed = isPublic,
): { type?: unknown; sdp: string } | Record<string, never> {
  if (typeof data !== 'object' || data === null || !('sdp' in data) || typeof data.sdp !== 'string') return {};
  return { ...('type' in data && { type: data.type }), sdp: withoutForbiddenCandidates(data.sdp, allowed) };
}

/** The session description without the candidates (RFC 8839) whose address is private, a name, or cannot be told. */
export function withoutForbiddenCandidates(sdp: string, allowed: IsAllowed = isPublic): string {
  return sdp
    .split(/\r\n|\r|\n/)
    .filter(line => {
      if (!/candidate\s*:/i.test(line)) return true;
      const match = /^a=candidate:\S+ \d+ \S+ \d+ (\S+) \d+/.exec(line);
      return match !== null && allowed(match[1]!);
    })
    .join('\r\n');
}
