/** Which downloads run now, and which wait for others. A pure function: who begins, ends and orders them is elsewhere. */

import type { Reason } from '../../shared/item.ts';

export interface Queued {
  /** the smaller one comes first */
  place: number;
  /** why it may not run, whatever the others do; null: it may */
  hold: Reason | null;
  isRunning: boolean;
  /** it runs, and takes nothing from the others: they may run beside it */
  isStalled: boolean;
  /** somebody reads it while it arrives: it is not made to wait for others */
  isRead: boolean;
}

export interface QueueRules {
  /** null = no limit */
  active: number | null;
  /** what runs may be stopped for what comes before it; else only what is free is given away */
  inOrder: boolean;
}

/** Why each may not run; null: it may. */
export function holdsOf<T extends Queued>(all: readonly T[], { active, inOrder }: QueueRules): Map<T, Reason | null> {
  const holds = new Map<T, Reason | null>(all.map(each => [each, each.hold]));
  if (active === null) return holds;
  const ready = all.filter(({ hold }) => hold === null);
  const keeps = (each: T) => each.isRead || each.isStalled || (each.isRunning && !inOrder);
  let free = active - ready.filter(each => keeps(each) && !each.isStalled).length;
  for (const each of ready.filter(one => !keeps(one)).sort((a, b) => a.place - b.place)) {
    if (free-- <= 0) holds.set(each, 'queued');
  }
  return holds;
}
