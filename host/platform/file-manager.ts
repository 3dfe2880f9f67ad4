/** Shows a folder in the system's file manager. Nothing else of this program starts one. */

import { spawn } from 'node:child_process';
import { stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LsdError } from '../../shared/errors.ts';

/** ms; one that runs longer has opened its window */
const PATIENCE_MS = 3_000;

interface Command {
  name: string;
  args: string[];
  /** its exit code says whether it worked */
  tells: boolean;
}

/**
 * On macOS `open FOLDER` would start a program, where the folder is one (`Film.app`): `-R` only shows it. The path comes
 * from the catalogue and is absolute, so no option can begin with it, and no shell reads it.
 */
export function commandFor(path: string, platform: NodeJS.Platform): Command {
  if (platform === 'darwin') return { name: 'open', args: ['-R', path], tells: true };
  if (platform === 'win32') return { name: 'explorer.exe', args: [`/select,${path}`], tells: false };
  return { name: 'xdg-open', args: [dirname(path)], tells: true };
}

export async function revealFile(path: string, platform = process.platform): Promise<void> {
  const folder = dirname(path);
  const isThere = await stat(folder).then(
    found => found.isDirectory(),
    () => false,
  );
  if (!isThere) throw new LsdError('not-found', `The folder ${folder} is not there.`);
  const why = await run(commandFor(path, platform));
  if (why === undefined) return;
  throw new LsdError('not-found', `No file manager could be opened (${why}). The folder is ${folder}.`);
}

/** Why it did not work. */
function run({ name, args, tells }: Command): Promise<string | undefined> {
  return new Promise(resolve => {
    const child = spawn(name, args, { stdio: 'ignore', detached: true });
    const patience = setTimeout(resolve, PATIENCE_MS, undefined);
    child.unref();
    child.once('error', error => resolve(error.message));
    child.once('exit', code => {
      clearTimeout(patience);
      resolve(!tells || code === 0 ? undefined : `${name} ended with ${code}`);
    });
  });
}
