/** The command line within this process: in a language of the test's choice, before a daemon whose answers are made up. */

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommanderError } from 'commander';
import { vi } from 'vitest';
import { failureText } from '../../host/cli/failure.ts';
import { createProgram } from '../../host/cli/program.ts';
import { listenControl } from '../../host/daemon/socket.ts';
import { createHome, locateHome } from '../../host/platform/home.ts';
import type { Channel } from '../../shared/channel.ts';
import { LsdError } from '../../shared/errors.ts';
import type { Method, Result } from '../../shared/protocol.ts';

/** What the daemon answers by method; what is not here is refused. */
export type Answers = { readonly [M in Method]?: Result<M> | LsdError };

export interface CommandLine extends AsyncDisposable {
  /** the home that commands use, and a folder for other files */
  readonly dir: string;
  /** what is read on the terminal: standard output, then errors as `letsshare` would say them */
  run(args: readonly string[], answers?: Answers): Promise<string>;
}

/** `speak` first: commands are described in the language that is spoken when they run. */
export async function openCommandLine(): Promise<CommandLine> {
  const dir = await mkdtemp(join(tmpdir(), 'lsd-words-'));
  const home = locateHome(dir);
  createHome(home);
  let answers: Answers = {};
  const onConnection = (channel: Channel) => {
    const handle = (method: Method) =>
      channel.handle(method, () => {
        if (answers[method] instanceof LsdError) throw answers[method];
        return answers[method];
      });
    channel.handle('hello', () => ({ version: '0.1.0', protocol: 1, http: 1 }));
    for (const method of Object.keys(answers) as Method[]) handle(method);
  };
  const socket = await listenControl(home.socket, onConnection, () => {});
  const before = process.env.LETSSHARE_HOME;
  process.env.LETSSHARE_HOME = dir;

  return {
    dir,
    async run(args, given = {}) {
      answers = given;
      const said: string[] = [];
      const spies = listen(text => said.push(text));
      try {
        await (await createProgram(args)).parseAsync(args, { from: 'user' });
      } catch (thrown) {
        if (!(thrown instanceof CommanderError)) said.push(failureText(thrown));
      } finally {
        for (const spy of spies) spy.mockRestore();
        process.exitCode = undefined;
      }
      return said.join('\n');
    },
    async [Symbol.asyncDispose]() {
      if (before === undefined) delete process.env.LETSSHARE_HOME;
      else process.env.LETSSHARE_HOME = before;
      await socket.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}

function listen(say: (text: string) => void) {
  const write = (text: unknown) => {
    say(String(text));
    return true;
  };
  return [
    vi.spyOn(console, 'log').mockImplementation(write),
    vi.spyOn(console, 'error').mockImplementation(write),
    vi.spyOn(process.stdout, 'write').mockImplementation(write),
    vi.spyOn(process.stderr, 'write').mockImplementation(write),
  ];
}
