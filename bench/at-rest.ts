/** When a daemon is at rest, and what it holds in memory then (Linux). */

import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { processesOf } from '../test/world/memory.ts';

/** s that a process gets to come to rest */
const PATIENCE_SECONDS = 100;
/** of a core; less than this is none */
const REST_PERCENT = 2;
/** of /proc/PID/stat, a second, on Linux */
const TICKS = 100;

/** Resolves when the process, with all that it started, has done next to nothing for so many seconds. */
export async function rest(pid: number, restSeconds: number): Promise<void> {
  let still = 0;
  for (let waited = 0; still < restSeconds; waited++) {
    if (waited > PATIENCE_SECONDS) throw new Error('the home does not come to rest');
    const before = await processorSeconds(pid);
    await delay(1000);
    const used = (await processorSeconds(pid)) - before;
    still = used * 100 < REST_PERCENT ? still + 1 : 0;
  }
}

/** user and system, of the process and all that it started; what a child took counts for its parent when it has ended */
export async function processorSeconds(pid: number): Promise<number> {
  const stats = await Promise.all(
    (await processesOf(pid)).map(each => readFile(`/proc/${each}/stat`, 'latin1').catch(() => '')),
  );
  const used = stats.map(stat => {
    // The name may hold blanks; the 14th to 17th fields are the times. It is empty where the process ended meanwhile.
    const times = stat
      .slice(stat.lastIndexOf(')') + 2)
      .split(' ')
      .slice(11, 15);
    return times.reduce((sum, time) => sum + Number(time), 0);
  });
  return used.reduce((sum, each) => sum + each, 0) / TICKS;
}
