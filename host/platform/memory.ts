/** Gives back to the system what memory was for work that is over: by itself the heap of a quiet process stays as it grew. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** ms between two looks */
const LOOK_MS = 5_000;
/** of a core; less is rest */
const REST = 0.02;
/** ms of processor time that leave enough behind to be worth it: an idle daemon takes a quarter of an hour for them */
const WORK_MS = 1_000;

/** After each work once, in the rest that follows, and after the start. It takes 0.1 s for a heap of 100 MB. */
export function giveBackMemory({
  lookMs = LOOK_MS,
  processorMs = processorTime,
  collect = collectAll,
} = {}): Disposable {
  let before = processorMs();
  let workedMs = Number.POSITIVE_INFINITY;
  const timer = setInterval(() => {
    const now = processorMs();
    const usedMs = now - before;
    before = now;
    workedMs += usedMs;
    if (usedMs > REST * lookMs || workedMs < WORK_MS) return;
    collect();
    workedMs = 0;
    before = processorMs();
  }, lookMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** ms that all threads worked since the start */
function processorTime(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** As a browser does to a page in the background: all garbage, compact, and no room left for growth. */
function collectAll(): void {
  collector()({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}

/**
 * What was read and dropped just now. Chunks from a socket lie outside of the heap, which so sees no need to collect them: a long
 * answer would leave all of itself, and holes that the system does not get back. It takes 1 ms.
 */
export function dropYoung(): void {
  collector()({ type: 'minor', execution: 'sync' });
}

/** What was held for a while, as well: bodies of requests that were sent. It takes 10 ms in a heap of 20 MB. */
export function dropOld(): void {
  collector()({ type: 'major', execution: 'sync' });
}

let gc: NodeJS.GCFunction | undefined;
function collector(): NodeJS.GCFunction {
  setFlagsFromString('--expose-gc');
  gc ??= runInNewContext('gc') as NodeJS.GCFunction;
  return gc;
}
