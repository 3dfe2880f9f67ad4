/**
 * The states of one download, and how each is shown:
 *
 *   starting → metadata → downloading → verifying → ended (verified: it leaves)
 *       ↑          │            │            ├→ starting, with the next file of the same size
 *       ╰─ waiting ┴────────────╯            ╰→ failed (id-mismatch)
 *
 * `waiting` is left again when there is room, or the folder can be written, or the engine is back.
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
  | { kind: 'paused' }
  | { kind: 'failed' }
  | { kind: 'ended' };

export function arrivingOf(state: State): Arriving | null {
  return state.kind === 'downloading' || state.kind === 'verifying' ? state.arriving : null;
}

export function transferOf(id: Id, wish: DownloadWish, state: State, traffic: Traffic | undefined): Transfer {
  const arriving = arrivingOf(state);
  const size = arriving?.size ?? wish.size ?? 0;
  const here = arriving?.arrival.verifiedBytes ?? 0;
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
    case 'paused':
      return { shown: 'paused', reason: 'paused-by-user' };
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
