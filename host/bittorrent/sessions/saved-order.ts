/** What was asked for of a saved torrent: checked, and changed. */

import { LsdError } from '../../../shared/errors.ts';
import type { SavedChange } from '../../core/torrent-sessions.ts';
import type { SaveOrder } from './saved-one.ts';

/** Throws `invalid` for an index that none of `count` files has; undefined: it is not known yet how many there are. */
export function assertIndexes(files: readonly number[], count: number | undefined): void {
  const wrong = files.find(
    index => !Number.isSafeInteger(index) || index < 0 || (count !== undefined && index >= count),
  );
  if (wrong === undefined) return;
  const most = count === undefined ? '' : `: it has ${count}`;
  throw new LsdError('invalid', `There is no file ${wrong} in this torrent${most}.`);
}

/** Files that it names, wanted or not. */
export function filesNamed({ files, priorities }: Pick<SaveOrder, 'files' | 'priorities'>): number[] {
  return [...(files ?? []), ...priorities.map(([index]) => index)];
}

/** Those that were kept before it was known how many files there are may name none. */
export function dropBeyond(order: SaveOrder, count: number): void {
  const isThere = (index: number) => index < count;
  order.files = order.files?.filter(isThere) ?? null;
  order.priorities = order.priorities.filter(([index]) => isThere(index));
}

export function change(order: SaveOrder, { paused, files, priorities, sequential }: SavedChange): void {
  if (paused !== undefined) order.paused = paused;
  if (files !== undefined) {
    order.files = files && [...files];
    order.priorities = [];
  }
  if (priorities) order.priorities = [...new Map([...order.priorities, ...priorities])];
  if (sequential !== undefined) order.sequential = sequential;
}

/** Is any file wanted, as far as is known? */
export function wantsAny({ files, priorities }: Pick<SaveOrder, 'files' | 'priorities'>): boolean {
  return files === null || files.length > 0 || priorities.some(([, priority]) => priority !== 'skip');
}
