/**
 * Whether others can connect to this home, and how that is known. Peers that connected are proof, for a day; a router's word
 * is the next best, and where neither is there nobody can tell.
 */

import type { Reachability } from '../../../shared/daemon-methods.ts';
import { classOf } from '../../platform/addresses.ts';

/** ms that a connection proves anything: addresses and routers change */
const PROOF_MS = 24 * 60 * 60 * 1000;

/** What the router said of the peer port. */
export type Mapping =
  /** it was not asked */
  | 'off'
  | 'asking'
  /** it opened the port, and its own address is a public one */
  | 'open'
  /** it opened the port, and sits behind another router */
  | 'behind-second-nat'
  | 'no-router'
  | 'router-refused';

export interface Evidence {
  /** the address that was chosen for peers is gone */
  cut: boolean;
  mapping: Mapping;
  /** ms; when the last one was seen, null = never */
  incoming: number | null;
  webrtc: number | null;
  now: number;
}

export function reachability({ cut, mapping, incoming, webrtc, now }: Evidence): Reachability {
  const fresh = (seen: number | null) => seen !== null && now - seen < PROOF_MS;
  if (cut) return { state: 'no', because: 'address-gone' };
  if (fresh(incoming)) return { state: 'yes', by: 'incoming' };
  if (mapping === 'open') return { state: 'yes', by: 'mapping' };
  if (fresh(webrtc)) return { state: 'webrtc' };
  if (mapping === 'off' || mapping === 'asking') return { state: 'unknown', mapping };
  return { state: 'no', because: mapping };
}

/** A peer of the same house proves nothing about the router. */
export function isProof(address: string): boolean {
  // A socket of both families names IPv4 peers so.
  return classOf(address.replace(/^::ffff:/i, '')) === 'public';
}
