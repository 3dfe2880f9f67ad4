/** The command line: `letsshare …`. Exit codes: 0 done, 1 failed (one line on stderr says what to do), 2 wrong usage. */

import { Command, CommanderError } from 'commander';
import { LsdError } from '../../shared/errors.ts';
import { VERSION } from '../../shared/protocol.ts';
import { addDaemonCommands } from './daemon.ts';
import { addFolderCommands } from './folder.ts';
import { addInstallCommands } from './install.ts';
import { addItemCommands } from './items.ts';
import { addSiteCommands } from './site.ts';

const program = new Command('letsshare')
  .description('Lets web sites work with the copies of files that you hold.')
  .version(VERSION)
  .showHelpAfterError('("letsshare help" lists the commands)')
  .exitOverride();
addDaemonCommands(program);
addFolderCommands(program);
addSiteCommands(program);
addItemCommands(program);
addInstallCommands(program);

try {
  await program.parseAsync();
} catch (thrown) {
  process.exitCode = report(thrown);
}

function report(thrown: unknown): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
  const known = thrown instanceof LsdError;
  console.error(`letsshare: ${thrown instanceof Error ? thrown.message : String(thrown)}`);
  if (!known && thrown instanceof Error) console.error(thrown.stack);
  return 1;
}
