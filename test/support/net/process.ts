/** A script of this folder as a process, perhaps in a namespace: what it says, line by line. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { tied } from '../tied.ts';

export interface SpeakingProcess extends AsyncDisposable {
  /** every line but the first, parsed; `clear` it to hear what comes from now on */
  readonly said: Record<string, unknown>[];
  /** what it said when it was ready */
  readonly ready: Record<string, unknown>;
}

export async function startScript(script: string, args: string[], prefix: string[] = []): Promise<SpeakingProcess> {
  const path = new URL(script, import.meta.url).pathname;
  const [command = '', ...rest] = [...prefix, process.execPath, path, ...args];
  const child = spawn(...tied(command, rest), { stdio: ['ignore', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout });
  const said: Record<string, unknown>[] = [];
  const exited = once(child, 'exit');
  const ready = await Promise.race([
    once(lines, 'line').then(([line]) => JSON.parse(String(line))),
    exited.then(([code]) => Promise.reject(new Error(`${script} ended with ${code}`))),
  ]);
  lines.on('line', line => said.push(JSON.parse(line)));
  return {
    said,
    ready,
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await exited;
    },
  };
}
