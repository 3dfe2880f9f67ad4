/** Gives back to the system what memory was for work that is over: by itself the heap of a quiet process stays as it grew. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** ms between two looks; work lies that long back, or longer, when memory is given back */
const LOOK_MS = 5_000;
/** of a core; more is work, from which garbage is left; less is rest */
const WORK = 0.1;
const REST = 0.02;

/** After each work once, in the rest that follows, and after the start. It takes 0.1 s for a heap of 100 MB. */
export function giveBackMemory({ lookMs = LOOK_MS, processorMs = usedMs, collect = collectAll } = {}): Disposable {
  let before = processorMs();
  let hasWorked = true;
  const timer = setInterval(() => {
    const now = processorMs();
    const share = (now - before) / lookMs;
    before = now;
    if (share > WORK) hasWorked = true;
    if (share > REST || !hasWorked) return;
    hasWorked = false;
    collect();
    before = processorMs();
  }, lookMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

/** ms that all threads worked since the start */
function usedMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** As a browser does to a page in the background: all garbage, compact, and no room left for growth. */
function collectAll(): void {
  setFlagsFromString('--expose-gc');
  const gc: NodeJS.GCFunction = runInNewContext('gc');
  gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
