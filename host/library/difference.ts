/** What changed between the catalogue and the disk: two streams in the same order, merged. */

import { lstat } from 'node:fs/promises';
import { sep } from 'node:path';
import { type FileStamp, unchanged } from '../core/ports.ts';
import type { HeldFile } from '../core/stored.ts';
import { isGone } from './gone.ts';
import { comparePaths } from './order.ts';
import type { Walked } from './walk.ts';

export type Difference =
  /** not in the catalogue, or another stamp */
  | { kind: 'fresh'; path: string; stamp: FileStamp }
  /** not there any more; the stamp is what was known of it */
  | { kind: 'vanished'; path: string; stamp: FileStamp }
  /** still there, but no longer shared: left out by a rule, emptied, replaced by a link */
  | { kind: 'left-out'; path: string; stamp: FileStamp }
  | { kind: 'unreadable'; path: string; code: string };

/** Files that are as they were recorded give nothing; what cannot be read is never `vanished`. */
export async function* differences(
  walked: AsyncIterable<Walked>,
  known: Iterator<HeldFile>,
): AsyncGenerator<Difference> {
  const unreadable: string[] = [];
  let next = known.next();
  for await (const found of walked) {
    if (found.kind === 'unreadable') {
      unreadable.push(found.path);
      yield found;
      continue;
    }
    while (!next.done && comparePaths(next.value.path, found.path) < 0) {
      yield* unseen(next.value, unreadable);
      next = known.next();
    }
    const before = !next.done && next.value.path === found.path ? next.value : undefined;
    if (before) next = known.next();
    if (!before || !unchanged(before.stamp, found.stamp)) yield { kind: 'fresh', path: found.path, stamp: found.stamp };
  }
  for (; !next.done; next = known.next()) yield* unseen(next.value, unreadable);
}

async function* unseen({ path, stamp }: HeldFile, unreadable: readonly string[]): AsyncGenerator<Difference> {
  if (unreadable.some(above => path === above || path.startsWith(above + sep))) return;
  try {
    await lstat(path);
    yield { kind: 'left-out', path, stamp };
  } catch (thrown) {
    if (isGone(thrown)) yield { kind: 'vanished', path, stamp };
  }
}
