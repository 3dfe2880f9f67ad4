/** Peers and trackers of a saved torrent, as its person sees them. */

import type { SavedPeer, SavedTracker } from '../../core/torrent-sessions.ts';
import type { EngineView } from '../engine/torrent-view.ts';

/** `host:port`, `[host]:port`; all else is a web seed's URL */
const ADDRESS = /^(?:\[([^\]]+)\]|([^/:]+)):(\d{1,5})$/;

export function peersOf(view: EngineView | null): SavedPeer[] {
  return (view?.peers ?? []).map(({ address, client, progress, rates }) => {
    const match = ADDRESS.exec(address ?? '');
    return {
      address: match ? (match[1] ?? match[2] ?? null) : address,
      port: match ? Number(match[3]) : null,
      client,
      progress,
      rates,
    };
  });
}

/** `known`: those that it would be announced at, where it is not in the engine. */
export function trackersOf(view: EngineView | null, known: readonly string[]): SavedTracker[] {
  if (!view) return known.map(url => ({ url, status: 'waiting', peers: null }));
  return view.trackers.map(({ url, state, seeders, leechers }) => ({
    url,
    status: state,
    peers: seeders === null && leechers === null ? null : (seeders ?? 0) + (leechers ?? 0),
  }));
}
