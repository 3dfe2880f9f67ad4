/** A million ids in order, without holding up whoever else runs on this thread. */

import { setImmediate as breathe } from 'node:timers/promises';
import type { Id } from '../../shared/id.ts';

const BUCKETS = 256;

/** In order, each once. Sites often answer in order already. */
export async function inOrder(ids: Id[]): Promise<Id[]> {
  if (isInOrder(ids)) return ids;
  const buckets: Id[][] = Array.from({ length: BUCKETS }, () => []);
  for (const id of ids) buckets[Number.parseInt(id.slice(0, 2), 16)]!.push(id);
  const sorted: Id[] = [];
  for (const bucket of buckets) {
    bucket.sort();
    for (const id of bucket) if (id !== sorted[sorted.length - 1]) sorted.push(id);
    if (ids.length > 10_000) await breathe();
  }
  return sorted;
}

function isInOrder(ids: Id[]): boolean {
  for (let at = 1; at < ids.length; at++) if (ids[at - 1]! >= ids[at]!) return false;
  return true;
}
