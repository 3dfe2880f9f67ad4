/**
 * The look at a big folder, in a process of its own: it keeps the daemon from nothing, and all of its memory goes when it
 * ends. (That of a thread that ended stays with the process: 90 MB after a look at 100,000 files.)
 */

import { fork } from 'node:child_process';
import { once } from 'node:events';
import type { Difference } from './difference.ts';
import type { WalkOptions } from './walk.ts';

const ENTRY = new URL('../workers/look.ts', import.meta.url);

/** What the process compares; it answers each message with some differences, and with none at the end. */
export interface LookJob {
  /** the catalogue's file; it is only read */
  database: string;
  folder: string;
  path: string;
  options: WalkOptions;
}

/** As `differences` gives them. The process looks no further than is read here. */
export async function* lookInProcess(job: LookJob, signal: AbortSignal): AsyncGenerator<Difference> {
  signal.throwIfAborted();
  const child = fork(ENTRY, [JSON.stringify(job)], {
    execArgv: ['--max-semi-space-size=4'],
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = new AbortController();
  child.once('exit', () => ended.abort(new Error('The process that looks at a folder ended too early.')));
  const either = AbortSignal.any([signal, ended.signal]);
  try {
    for (;;) {
      const answer = once(child, 'message', { signal: either });
      child.send('next', () => {});
      const [found]: Difference[][] = await answer;
      if (!found || found.length === 0) return;
      yield* found;
    }
  } finally {
    child.kill('SIGKILL');
  }
}
