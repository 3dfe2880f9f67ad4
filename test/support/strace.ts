/** What a process and its children ask of the kernel, as strace(1) tells: each call with when it began and ended. */

import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { tied } from './tied.ts';

export const hasStrace = process.platform === 'linux' && spawnSync('strace', ['-V']).status === 0;

export interface Syscall {
  name: string;
  /** everything between the parentheses; a handle is followed by its path, `23</films/a.mkv>` */
  args: string;
  /** `-1` where it failed */
  result: number;
  /** places in the order of what was seen; a call of one thread may begin before and end after one of another */
  began: number;
  ended: number;
}

/** Follows these processes and what they start, until the returned function is called; that gives the calls. */
export async function trace(pids: number[], calls: string[], file: string): Promise<() => Promise<Syscall[]>> {
  const detach = await attach(pids, ['-y', '-s', '0', '-e', `trace=${calls.join(',')}`, '-o', file]);
  return async () => {
    await detach();
    return parse(await readFile(file, 'utf8'));
  };
}

export interface Refused {
  calls: string[];
  error: 'ENOSPC' | 'EIO';
  /** which of each call of each thread: `3`, or from the third on, `3+` */
  when: string;
}

/** The kernel refuses these calls of these processes and of what they start, until the returned function is called. */
export function refuse(pids: number[], { calls, error, when }: Refused): Promise<() => Promise<void>> {
  const all = calls.join(',');
  return attach(pids, ['-e', `trace=${all}`, '-e', `inject=${all}:error=${error}:when=${when}`, '-o', '/dev/null']);
}

async function attach(pids: number[], options: string[]): Promise<() => Promise<void>> {
  const each = pids.flatMap(pid => ['-p', String(pid)]);
  const child = spawn(...tied('strace', ['-f', ...options, ...each]), { stdio: ['ignore', 'ignore', 'pipe'] });
  const lines = createInterface({ input: child.stderr });
  // It says so once for each process and each of its threads.
  let left = pids.length;
  for await (const line of lines) {
    if (!line.includes('attached') && !(await isOver(line))) throw new Error(line);
    if (--left === 0) break;
  }
  child.stderr.resume();
  return async () => {
    const exited = once(child, 'exit');
    child.kill('SIGINT');
    await exited;
  };
}

/** What ended meanwhile makes no calls any more: a home starts programs that are over in a moment. */
async function isOver(line: string): Promise<boolean> {
  const pid = /\(PTRACE_SEIZE, (\d+)\)/.exec(line)?.[1];
  if (pid === undefined) return false;
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => '');
  // Of one that waits to be reaped the kernel says that it is not permitted.
  return !/^State:\s+[^ZX]/m.test(status);
}

const UNFINISHED = ' <unfinished ...>';

export function parse(text: string): Syscall[] {
  const open = new Map<string, { text: string; began: number }>();
  const calls: Syscall[] = [];
  for (const [at, line] of text.split('\n').entries()) {
    const match = /^(\d+)\s+(.*)$/.exec(line);
    if (!match?.[1] || match[2] === undefined) continue;
    const [thread, said] = [match[1], match[2]];
    if (said.endsWith(UNFINISHED)) {
      open.set(thread, { text: said.slice(0, -UNFINISHED.length), began: at });
      continue;
    }
    const resumed = /^<\.\.\. \w+ resumed>(.*)$/.exec(said);
    const first = resumed && open.get(thread);
    const call = callOf(first ? first.text + resumed[1] : said);
    if (call) calls.push({ ...call, began: first?.began ?? at, ended: at });
  }
  return calls;
}

function callOf(text: string): Pick<Syscall, 'name' | 'args' | 'result'> | undefined {
  const match = /^(\w+)\((.*)\)\s+=\s+(-?\d+)/.exec(text);
  return match ? { name: match[1] ?? '', args: match[2] ?? '', result: Number(match[3]) } : undefined;
}
