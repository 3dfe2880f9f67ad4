/** The commands that end by themselves. */

import type { Command } from 'commander';
import { addBlocklistCommands } from './blocklist.ts';
import { addControlCommands } from './control.ts';
import { addFolderCommands } from './folder.ts';
import { addInstallCommands } from './install.ts';
import { addItemCommands } from './items.ts';
import { addLbryCommands } from './lbry.ts';
import { addLogCommand } from './log.ts';
import { addSiteCommands } from './site.ts';

export function addShortCommands(program: Command): void {
  addFolderCommands(program);
  addSiteCommands(program);
  addLogCommand(program);
  addItemCommands(program);
  addControlCommands(program);
  addBlocklistCommands(program);
  addLbryCommands(program);
  addInstallCommands(program);
}
