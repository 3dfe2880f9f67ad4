/** The commands that end by themselves. */

import type { Command } from 'commander';
import { addBlocklistCommands } from './blocklist.ts';
import { addControlCommands } from './control.ts';
import { addFolderCommands } from './folder.ts';
import { addInstallCommands } from './install.ts';
import { addItemCommands } from './items.ts';
import { addLogCommand } from './log.ts';
import { say } from './say.ts';
import { addSiteCommands } from './site.ts';

/** `words` of the command line: LBRY's commands, which take a hundred modules, are there in full where it is named. */
export async function addShortCommands(program: Command, words: readonly string[]): Promise<void> {
  addFolderCommands(program);
  addSiteCommands(program);
  addLogCommand(program);
  addItemCommands(program);
  addControlCommands(program);
  addBlocklistCommands(program);
  const lbry = program.command('lbry').description(say('help.lbry'));
  if (words.includes('lbry')) (await import('./lbry.ts')).addLbryCommands(lbry);
  addInstallCommands(program);
}
