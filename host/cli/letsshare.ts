/** The command line: `letsshare …`. Exit codes: 0 done, 1 failed (one line on stderr says what to do), 2 wrong usage. */

import { CommanderError } from 'commander';
import { LsdError } from '../../shared/errors.ts';
import { faultOf } from '../platform/faults.ts';
import { failureText } from './failure.ts';
import { chosen, loadLanguage } from './language.ts';
import { lineStart } from './output.ts';
import { createProgram } from './program.ts';
import { speak } from './say.ts';

// Started by bin/letsshare.mjs in another process: what ends that one, a kill too, ends this one.
if (process.channel) {
  process.once('disconnect', () => process.exit(1));
  process.channel.unref();
}

const words = process.argv.slice(2);
speak(await loadLanguage(isForMachines() ? undefined : chosen(process.env)));
const program = await createProgram(words);

// A reader that has seen enough (`letsshare status | head -1`) is no failure.
process.stdout.on('error', () => process.exit(0));
try {
  await program.parseAsync();
} catch (thrown) {
  process.exitCode = report(thrown);
}

/** What machines read, and what a browser or the system writes into its log, is English wherever it was written. */
function isForMachines(): boolean {
  if (words.includes('--help') || words.includes('-h')) return false;
  const isLogged = (words[0] === 'daemon' || words[0] === 'connect') && !process.stderr.isTTY;
  return isLogged || words.includes('--json');
}

function report(thrown: unknown): number {
  if (thrown instanceof CommanderError) return thrown.exitCode === 0 ? 0 : 2;
  const told = faultOf(thrown) ?? thrown;
  console.error(`${lineStart()}letsshare: ${failureText(told)}`);
  // Not foreseen, so a defect: whoever mends it needs the place.
  if (!(told instanceof LsdError) && told instanceof Error) console.error(told.stack);
  return 1;
}
