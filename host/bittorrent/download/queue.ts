/** Why a download of the sites may not run, whatever the others do, and for which of them it does. Pure functions. */

import type { Id } from '../../../shared/id.ts';
import type { Reason } from '../../../shared/item.ts';
import type { DownloadWish, TransferPauses } from '../../core/ports.ts';

export interface HoldRules {
  pauses: TransferPauses;
  /** the disk has less room than is to stay free */
  isFull: boolean;
}

/** `by`: the sites that request it. Null: it may. */
export function holdOf(id: Id, by: readonly string[], { pauses, isFull }: HoldRules): Reason | null {
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
