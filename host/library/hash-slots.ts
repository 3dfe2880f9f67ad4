/** Which hash worker takes a file. */

import type { Waiting } from './hash-queue.ts';

/** groups that a worker has at once, so that it need not wait for us */
export const GROUPS = 2;
/** workers beyond one a core, for both halves of a file */
export const SPARE = 2;

export interface Load<T> {
  tasks: ReadonlyMap<number, T>;
  /** messages with tasks that were not answered yet */
  groups: number;
}

/**
 * An idle worker, or for a small file the least busy of those that read small files. A worker that reads under a cap sleeps for
 * the most part: what is under none passes it by, and may have a spare one in its stead. So a cap holds nothing else back, and
 * as many workers are awake as there are cores. The last `SPARE` of the slots are the spare ones.
 */
export function freeSlot<T extends Waiting, S extends Load<T>>(
  slots: readonly S[],
  task: T,
  isCapped: (task: T) => boolean,
): S | undefined {
  const usual = slots.slice(0, -SPARE);
  const open = isCapped(task) ? usual : besideCapped(usual, slots.slice(-SPARE), isCapped);
  return open.filter(slot => takes(slot, task)).sort((a, b) => a.tasks.size - b.tasks.size)[0];
}

function besideCapped<T, S extends Load<T>>(
  usual: readonly S[],
  spare: readonly S[],
  isCapped: (task: T) => boolean,
): S[] {
  const awake = usual.filter(({ tasks }) => ![...tasks.values()].some(isCapped));
  return [...awake, ...spare.slice(0, usual.length - awake.length)];
}

function takes<T extends Waiting>({ tasks, groups }: Load<T>, task: T): boolean {
  if (tasks.size === 0) return true;
  return !task.alone && groups < GROUPS && [...tasks.values()].every(other => !other.alone);
}
