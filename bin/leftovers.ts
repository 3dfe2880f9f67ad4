/**
 * What tests or a bench left, and its end: processes, found by a variable that each inherits, however it was started; and
 * network namespaces, found by their names.
 */

import { spawnSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';

const VARIABLE = 'LSD_RUN';
const PATIENCE_MS = 5_000;

/** An environment of one variable. */
export type Mark = { [VARIABLE]: string };

export function newMark(): Mark {
  return { [VARIABLE]: randomUUID() };
}

/**
 * Ends each process that carries the mark, and gives their command lines; throws where one stays. Where there is no /proc
 * it finds none.
 */
export async function endLeftovers(mark: Mark): Promise<string[]> {
  const ended = new Map<number, string>();
  const deadline = performance.now() + PATIENCE_MS;
  for (let pids = await carriers(mark); pids.length > 0; pids = await carriers(mark)) {
    if (performance.now() > deadline) throw new Error(`these processes do not end: ${pids.join(', ')}`);
    for (const pid of pids) {
      if (!ended.has(pid)) ended.set(pid, await commandLine(pid));
      end(pid);
    }
    await delay(50);
  }
  return [...ended.values()];
}

async function commandLine(pid: number): Promise<string> {
  const words = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => '');
  return words.replaceAll('\0', ' ').trim();
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

/** What the names of the network namespaces of this process begin with, if it is a bench: `lsdb-<pid>-`. */
export function namespaceTag(): string {
  return `lsdb-${process.pid}`;
}

/** Deletes the network namespaces of benches that run no longer. */
export function deleteNamespaces(): void {
  const { stdout } = spawnSync('ip', ['netns', 'list'], { encoding: 'utf8' });
  for (const [name, pid] of (stdout ?? '').matchAll(/^lsdb-(\d+)-\S+/gm)) {
    if (!existsSync(`/proc/${pid}`)) spawnSync('ip', ['netns', 'delete', name]);
  }
}

/** It may be gone by now. */
function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ESRCH')) throw thrown;
  }
}
