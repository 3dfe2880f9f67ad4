/** The program with its commands, described in the language that is spoken. */

import { Command } from 'commander';
import { VERSION } from '../../shared/protocol.ts';
import { addDaemonCommands } from './daemon.ts';
import { say } from './say.ts';
import { speakUsage } from './usage.ts';

/** Of these two, which stay for days, the others need not be loaded. */
const LASTING = ['daemon', 'connect'];

/** For these words of the command line */
export async function createProgram(words: readonly string[]): Promise<Command> {
  const program = new Command('letsshare')
    .description(say('program'))
    .version(VERSION, undefined, say('usage.version'))
    .exitOverride();
  addDaemonCommands(speakUsage(program));
  if (!LASTING.includes(words[0] ?? '')) await (await import('./commands.ts')).addShortCommands(program, words);
  return program;
}
