/** The program with its commands, described in the language that is spoken. */

import { Command } from 'commander';
import { VERSION } from '../../shared/protocol.ts';
import { addDaemonCommands } from './daemon.ts';
import { say } from './say.ts';
import { speakUsage } from './usage.ts';

/** Of these two, which stay for days, the others need not be loaded. */
const LASTING = ['daemon', 'connect'];

/** `first`: the first word of the command line */
export async function createProgram(first: string | undefined): Promise<Command> {
  const program = new Command('letsshare')
    .description(say('program'))
    .version(VERSION, undefined, say('usage.version'))
    .exitOverride();
  addDaemonCommands(speakUsage(program));
  if (!LASTING.includes(first ?? '')) (await import('./commands.ts')).addShortCommands(program);
  return program;
}
