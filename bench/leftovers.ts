/** What a bench started, found by a variable that every process of it inherits, however it was started; and ended. */

import { randomUUID } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const VARIABLE = 'LSD_BENCH_RUN';
const PATIENCE_MS = 5_000;

/** An environment of one variable. */
export type Mark = { [VARIABLE]: string };

export function newMark(): Mark {
  return { [VARIABLE]: randomUUID() };
}

/** Ends each process that carries the mark; throws where one stays. Where there is no /proc it finds none. */
export async function endLeftovers(mark: Mark): Promise<void> {
  const deadline = performance.now() + PATIENCE_MS;
  for (let pids = await carriers(mark); pids.length > 0; pids = await carriers(mark)) {
    if (performance.now() > deadline) throw new Error(`these processes do not end: ${pids.join(', ')}`);
    for (const pid of pids) end(pid);
    await delay(50);
  }
}

async function carriers(mark: Mark): Promise<number[]> {
  const names = await readdir('/proc').catch(() => []);
  const pids = names.map(Number).filter(pid => Number.isInteger(pid) && pid !== process.pid);
  const carry = await Promise.all(
    pids.map(async pid => {
      const environment = await readFile(`/proc/${pid}/environ`, 'latin1').catch(() => '');
      return environment.split('\0').includes(`${VARIABLE}=${mark[VARIABLE]}`);
    }),
  );
  return pids.filter((_, at) => carry[at]);
}

/** It may be gone by now. */
function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ESRCH')) throw thrown;
  }
}
