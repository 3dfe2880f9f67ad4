/** What waits for a hash worker: who comes first, and what is sent to a worker in one message. */

import type { Urgency } from './hash-job.ts';

/** Small files that are as urgent go to a worker together, and are answered together: each message wakes this thread, often on the worker's core. */
export const TOGETHER = { files: 8, bytes: 1024 * 1024 };
const URGENCIES = ['now', 'scan', 'verify'] as const satisfies Urgency[];

export interface Waiting {
  /** bytes */
  size: number;
  /** no other file is read in its worker meanwhile */
  alone: boolean;
  urgency: Urgency;
}

export interface HashQueue<T extends Waiting> {
  readonly first: T | undefined;
  /** Behind all that is as urgent. */
  add(task: T): void;
  /** Before all others, in this order: they were on their way already. */
  back(tasks: readonly T[]): void;
  /** The first, and what goes to a worker with it. */
  takeTogether(): T[];
  /** False where it does not wait. */
  remove(task: T): boolean;
  takeAll(): T[];
}

export function createHashQueue<T extends Waiting>(): HashQueue<T> {
  const tasks: T[] = [];
  const rank = ({ urgency }: T) => URGENCIES.indexOf(urgency);
  return {
    get first() {
      return tasks[0];
    },
    add(task) {
      // From behind: a scan has many that wait, all of them alike.
      const before = tasks.findLastIndex(other => rank(other) <= rank(task));
      tasks.splice(before + 1, 0, task);
    },
    back: again => void tasks.unshift(...again),
    takeTogether: () => tasks.splice(0, togetherIn(tasks)),
    remove(task) {
      const at = tasks.indexOf(task);
      if (at >= 0) tasks.splice(at, 1);
      return at >= 0;
    },
    takeAll: () => tasks.splice(0),
  };
}

/** How many of the first go in one message. */
function togetherIn(tasks: readonly Waiting[]): number {
  let bytes = 0;
  for (const [at, { alone, size, urgency }] of tasks.entries()) {
    bytes += size;
    if (at > 0 && (alone || bytes > TOGETHER.bytes || urgency !== tasks[0]?.urgency)) return at;
    if (alone || at + 1 === TOGETHER.files) return at + 1;
  }
  return tasks.length;
}
