/** A process, perhaps in a network namespace, that says lines of JSON and may be told lines of JSON. */

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';

const GRACE_MS = 5_000;

export interface Speaking {
  /** the next line that it says, as it was agreed with it; throws where it ends instead */
  hear<Said>(): Promise<Said>;
  tell(what: unknown): void;
}

/** Ended with the stack, by SIGTERM. */
export function startSpeaking(stack: AsyncDisposableStack, command: readonly string[]): Speaking {
  const [program = '', ...args] = command;
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  stack.defer(async () => {
    child.kill();
    const grace = setTimeout(() => child.kill('SIGKILL'), GRACE_MS);
    await exited;
    clearTimeout(grace);
  });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  return {
    async hear() {
      const { value, done } = await lines.next();
      if (done) throw new Error(`${args.join(' ')} ended with ${(await exited)[0]}`);
      return JSON.parse(value);
    },
    tell: what => child.stdin.write(`${JSON.stringify(what)}\n`),
  };
}
