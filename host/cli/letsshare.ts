/** The command line: `letsshare …`. Exit codes: 0 done, 1 failed (one line on stderr says what to do), 2 wrong usage. */

import { Command, CommanderError } from 'commander';
import { LsdError } from '../../shared/errors.ts';
import { VERSION } from '../../shared/protocol.ts';
import { faultOf } from '../platform/faults.ts';
import { addDaemonCommands } from './daemon.ts';
import { plain } from './output.ts';

// Started by bin/letsshare.mjs in another process: what ends that one, a kill too, ends this one.
if (process.channel) {
  process.once('disconnect', () => process.exit(1));
  process.channel.unref();
}

const program = new Command('letsshare')
  .description('Lets web sites work with the copies of files that you hold.')
  .version(VERSION)
  .showHelpAfterError('("letsshare help" lists the commands)')
  .exitOverride();
addDaemonCommands(program);
// These two stay for days, and need nothing of the others.
if (!['daemon', 'connect'].includes(process.argv[2] ?? '')) (await import('./commands.ts')).addShortCommands(program);

// A reader that has seen enough (`letsshare status | head -1`) is no failure.
process.stdout.on('error', () => process.exit(0));
try {
  await program.parseAsync();
} catch (thrown) {
  process.exitCode = report(thrown);
}

function report(thrown: unknown): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
  const told = faultOf(thrown) ?? thrown;
  console.error(`letsshare: ${oneLine(told instanceof Error ? told.message : String(told))}`);
  // Not foreseen, so a defect: whoever mends it needs the place.
  if (!(told instanceof LsdError) && told instanceof Error) console.error(told.stack);
  return 1;
}

/** What sites and file names say must not drive the terminal. */
function oneLine(text: string): string {
  return plain(text.replace(/\s*\n\s*/g, ' '));
}
