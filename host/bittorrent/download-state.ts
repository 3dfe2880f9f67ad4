/**
 * The states of one download, and how each is shown:
 *
 *   starting → metadata → downloading → verifying → ended (verified: it leaves)
 *       ↑          │            │            ├→ starting, with the next file of the same size
 *       ╰─ waiting ┴────────────╯            ╰→ failed (id-mismatch)
 *
 * `waiting` is left again when there is room, or the folder can be written, or the engine is back. From every state but the
 * last two and `verifying` it may be `held` (paused, queued, …), and goes on with `starting`.
 */

import type { Id } from '../../shared/id.ts';
import type { Reason } from '../../shared/item.ts';
import type { DownloadWish, Transfer } from '../core/ports.ts';
import type { Arrival } from './arrival.ts';
import type { Traffic } from './link.ts';
import type { Metainfo } from './metainfo.ts';

/** The file, once the metadata is known. */
export interface Arriving {
  metainfo: Metainfo;
  fileIndex: number;
  size: number;
  arrival: Arrival;
}

export type State =
  | { kind: 'starting' }
  | { kind: 'metadata' }
  | { kind: 'downloading'; arriving: Arriving }
  | { kind: 'verifying'; arriving: Arriving | null; aborting: AbortController }
  | { kind: 'waiting'; reason: Reason; retry: NodeJS.Timeout | null }
  | { kind: 'held'; reason: Reason; size: number; here: number }
  | { kind: 'failed' }
  | { kind: 'ended' };

export function arrivingOf(state: State): Arriving | null {
  return state.kind === 'downloading' || state.kind === 'verifying' ? state.arriving : null;
}

/** Somebody or something stopped it; for all else it waits. */
const PAUSES = new Set<Reason>(['paused-by-user', 'schedule', 'on-battery', 'metered']);

/** bytes: of the file, and verified of it */
export function amountsOf(state: State): { size: number; here: number } | undefined {
  if (state.kind === 'held') return state.size > 0 ? state : undefined;
  const arriving = arrivingOf(state);
  return arriving ? { size: arriving.size, here: arriving.arrival.verifiedBytes } : undefined;
}

export function transferOf(id: Id, wish: DownloadWish, state: State, traffic: Traffic | undefined): Transfer {
  const { size, here } = amountsOf(state) ?? { size: wish.size ?? 0, here: 0 };
  const down = traffic?.down ?? 0;
  const { shown, reason } = shownState(state, wish, traffic?.peers ?? 0);
  return {
    id,
    state: shown,
    ...(reason && { reason }),
    progress: size > 0 ? here / size : 0,
    size,
    downloaded: here,
    uploaded: traffic?.uploaded ?? 0,
    rates: { down, up: traffic?.up ?? 0 },
    peers: traffic?.peers ?? 0,
    ...(down > 0 && size > here && { eta: Math.ceil((size - here) / down) }),
  };
}

/** Without a peer it waits, whatever it would be doing with one. */
function shownState(state: State, wish: DownloadWish, peers: number): { shown: Transfer['state']; reason?: Reason } {
  switch (state.kind) {
    case 'waiting':
      return { shown: 'waiting', reason: state.reason };
    case 'failed':
      return { shown: 'error', reason: 'id-mismatch' };
    case 'held':
      return { shown: PAUSES.has(state.reason) ? 'paused' : 'waiting', reason: state.reason };
    case 'verifying':
    case 'ended':
      return { shown: 'verifying' };
    case 'starting':
      return { shown: 'metadata' };
    default: {
      if (peers > 0) return { shown: state.kind };
      const meets = wish.meetings.some(each => each.trackers.length + each.peers.length > 0 || each.reach === 'public');
      return { shown: 'waiting', reason: meets ? 'no-peers' : 'no-tracker' };
    }
  }
}
