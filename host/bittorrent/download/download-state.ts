/**
 * The states of one download, and how each is shown.
 *
 *   clearing ──→ going ──→ verified
 *       ↑          ├──→ failed (id-mismatch)
 *       │          ├──→ clearing, where its bytes were another file's, or there is no room for it
 *       │          ╰──→ waiting ──→ going, when there is room, or the folder can be written, or the engine is back
 *       ╰── from all but `verified` and `ended`, when it shall come from another torrent
 *
 * A `going` one has the phases of its attempt: starting → metadata → downloading → verifying. From every state but `failed`
 * and the phase `verifying` it may be `held` (paused, queued, …), and goes on with another attempt. From every state it may
 * be `ended`; nothing comes after that, nor after `verified`.
 */

import type { Id } from '../../../shared/id.ts';
import type { Reason } from '../../../shared/item.ts';
import type { DownloadWish, Transfer } from '../../core/ports.ts';
import type { Traffic } from '../engine/link.ts';
import type { Arrival } from '../fetching/arrival.ts';
import type { Metainfo } from '../metainfo.ts';
import type { Attempt } from './attempt.ts';

/** The file, once the metadata is known. */
export interface Arriving {
  metainfo: Metainfo;
  fileIndex: number;
  size: number;
  arrival: Arrival;
}

/** How far an attempt is; `verifying` without what arrived: a file that lay there already. */
export type Phase =
  | { kind: 'starting' }
  | { kind: 'metadata' }
  | { kind: 'downloading'; arriving: Arriving }
  | { kind: 'verifying'; arriving: Arriving | null };

export type State =
  /** what the last attempt left is being taken away */
  | { kind: 'clearing' }
  | { kind: 'going'; attempt: Attempt }
  | { kind: 'waiting'; reason: Reason; retry: NodeJS.Timeout | null }
  | { kind: 'held'; reason: Reason; size: number; here: number }
  | { kind: 'failed' }
  | { kind: 'verified' }
  | { kind: 'ended' };

export function phaseOf(state: State): Phase['kind'] | undefined {
  return state.kind === 'going' ? state.attempt.phase.kind : undefined;
}

export function arrivingOf(state: State): Arriving | null {
  if (state.kind !== 'going') return null;
  const { phase } = state.attempt;
  return phase.kind === 'downloading' || phase.kind === 'verifying' ? phase.arriving : null;
}

/** Nothing comes after it. */
export function isLast({ kind }: State): boolean {
  return kind === 'verified' || kind === 'ended';
}

const PAUSES = new Set<Reason>(['paused-by-user', 'schedule', 'on-battery', 'metered']);

/** Somebody or something stopped it; for all else it waits. */
export function isPause(reason: Reason): boolean {
  return PAUSES.has(reason);
}

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

function shownState(state: State, wish: DownloadWish, peers: number): { shown: Transfer['state']; reason?: Reason } {
  switch (state.kind) {
    case 'going':
      return shownPhase(state.attempt.phase, wish, peers);
    case 'waiting':
      return { shown: 'waiting', reason: state.reason };
    case 'failed':
      return { shown: 'error', reason: 'id-mismatch' };
    case 'held':
      return { shown: isPause(state.reason) ? 'paused' : 'waiting', reason: state.reason };
    case 'clearing':
      return { shown: 'metadata' };
    default:
      return { shown: 'verifying' };
  }
}

/** Without a peer it waits, whatever it would be doing with one. */
function shownPhase({ kind }: Phase, wish: DownloadWish, peers: number): { shown: Transfer['state']; reason?: Reason } {
  if (kind === 'starting') return { shown: 'metadata' };
  if (kind === 'verifying' || peers > 0) return { shown: kind };
  const meets = wish.meetings.some(each => each.trackers.length + each.peers.length > 0 || each.reach === 'public');
  return { shown: 'waiting', reason: meets ? 'no-peers' : 'no-tracker' };
}
