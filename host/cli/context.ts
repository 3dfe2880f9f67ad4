/** What every command has in common: its home, its connection to the daemon, and its two ways to print. */

import type { Command } from 'commander';
import { connectClient, type DaemonClient } from '../daemon/client.ts';
import { type Home, locateHome } from '../platform/home.ts';
import { failure } from './failure.ts';
import { say } from './say.ts';

export interface CommonOptions {
  home?: string;
  json?: boolean;
}

/** A command with `--home` and `--json`. `usage` is its name and arguments. */
export function command(parent: Command, usage: string, description: string): Command {
  return parent
    .command(usage)
    .description(description)
    .option('--home <dir>', say('help.home'))
    .option('--json', say('help.json'));
}

/** Runs `work` with a connection to the home's daemon, which must run. */
export async function withDaemon<T>(
  options: CommonOptions,
  work: (daemon: DaemonClient, home: Home) => Promise<T>,
): Promise<T> {
  const home = locateHome(options.home);
  const client = await connectClient(home.socket);
  if (!client) throw failure('host-exited', 'no-daemon', { home: home.path });
  await using daemon = client;
  return await work(daemon, home);
}

/** An option that may be given several times, each with several values. */
export function collect(value: string, before: string[] = []): string[] {
  return [...before, value];
}

/** The first line of standard input, for secrets: they never stand on a command line. */
export async function readSecret(): Promise<string> {
  let text = '';
  for await (const chunk of process.stdin) {
    text += chunk;
    if (text.includes('\n')) break;
  }
  return text.split(/\r?\n/, 1)[0] ?? '';
}
