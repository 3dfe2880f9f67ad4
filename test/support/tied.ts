/** Programs that a test starts end with the process that started them, also where that one is killed (Linux). */

import { spawnSync } from 'node:child_process';

/** prctl(2), PR_SET_PDEATHSIG: it outlives exec, so any program can be started so, in the same process. */
const TIE = ['--pdeathsig', 'KILL'];
const canTie = spawnSync('setpriv', [...TIE, 'true']).status === 0;

/** The words for `spawn` that start this program. */
export function tied(command: string, args: readonly string[]): [command: string, args: string[]] {
  return canTie ? ['setpriv', [...TIE, command, ...args]] : [command, [...args]];
}
