/** Which downloads run now, and why the others do not. A pure function: who begins, ends and orders them is elsewhere. */

import type { Id } from '../../../shared/id.ts';
import type { Reason } from '../../../shared/item.ts';
import type { DownloadWish, TransferPauses } from '../../core/ports.ts';

/** A running download that has had no peer for so long does not count: others may run beside it. */
export const STALLED_MS = 15_000;

export interface Queued {
  id: Id;
  /** the smaller one comes first */
  place: number;
  /** the sites that request it */
  by: readonly string[];
  isRunning: boolean;
  /** it runs, and finds nobody */
  isStalled: boolean;
  /** somebody reads it while it arrives: it is not made to wait for others */
  isRead: boolean;
}

export interface QueueRules {
  pauses: TransferPauses;
  /** null = no limit */
  active: number | null;
  /** the disk has less room than is to stay free */
  isFull: boolean;
  /** what runs may be stopped for what comes before it; else only what is free is given away */
  inOrder: boolean;
}

/** Why each may not run; null: it may. */
export function holdsOf(all: readonly Queued[], rules: QueueRules): Map<Id, Reason | null> {
  const holds = new Map<Id, Reason | null>();
  const ready: Queued[] = [];
  for (const each of all) {
    const reason = reasonOf(each, rules);
    holds.set(each.id, reason);
    if (!reason) ready.push(each);
  }
  const { active } = rules;
  if (active === null) return holds;
  const keeps = (each: Queued) => each.isRead || each.isStalled || (each.isRunning && !rules.inOrder);
  let free = active - ready.filter(each => keeps(each) && !each.isStalled).length;
  for (const each of ready.filter(one => !keeps(one)).sort((a, b) => a.place - b.place)) {
    if (free-- <= 0) holds.set(each.id, 'queued');
  }
  return holds;
}

function reasonOf({ id, by }: Queued, { pauses, isFull }: QueueRules): Reason | null {
  if (pauses.all) return pauses.all;
  if (pauses.items.has(id) || by.every(each => pauses.sites.has(each))) return 'paused-by-user';
  if (by.every(each => pauses.sites.has(each) || pauses.spent.has(each))) return 'quota';
  return isFull ? 'no-space' : null;
}

/** The wish as the sites make it that may download now; whole where none may: then it is held. */
export function wishOfActive(wish: DownloadWish, { sites, spent }: TransferPauses): DownloadWish {
  const meetings = wish.meetings.filter(({ by }) => !sites.has(by) && !spent.has(by));
  return meetings.length === 0 || meetings.length === wish.meetings.length ? wish : { ...wish, meetings };
}
