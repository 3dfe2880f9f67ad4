/** Gives back to the system what memory was for work that is over: by itself the heap of a quiet process stays as it grew. */

import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** ms between two looks; work lies that long back, or longer, when memory is given back */
const LOOK_MS = 5_000;
/** of a core; more is work, from which garbage is left; less is rest */
const WORK = 0.1;
const REST = 0.02;

/** After each work once, in the rest that follows: it takes about as long as the heap has hundreds of MB, in seconds. */
export function giveBackMemory({ lookMs = LOOK_MS, collect = collectAll } = {}): Disposable {
  let last = { at: performance.now(), ms: processorMs() };
  let hasWorked = true;
  const timer = setInterval(() => {
    const now = { at: performance.now(), ms: processorMs() };
    const share = (now.ms - last.ms) / (now.at - last.at);
    last = now;
    if (share > WORK) hasWorked = true;
    if (share > REST || !hasWorked) return;
    hasWorked = false;
    collect();
    last = { at: performance.now(), ms: processorMs() };
  }, lookMs).unref();
  return { [Symbol.dispose]: () => clearInterval(timer) };
}

function processorMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

/** As a browser does to a page in the background: all garbage, compact, and no room left for growth. */
function collectAll(): void {
  setFlagsFromString('--expose-gc');
  const gc: NodeJS.GCFunction = runInNewContext('gc');
  gc({ type: 'major', execution: 'sync', flavor: 'last-resort' });
}
