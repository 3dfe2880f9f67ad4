/** The small program that browsers launch: it names the runtime, the program and the home, all of them absolute. */

import { join } from 'node:path';

export interface Launch {
  /** the daemon's home */
  home: string;
  /** the Node runtime; absolute */
  runtime: string;
  /** the script of `letsshare`; absolute */
  program: string;
}

/** A browser passes its own arguments (the caller's origin, or the manifest's path): nothing here needs them. */
export function wrapperText({ runtime, program, home }: Launch): string {
  return `#!/bin/sh
# Written by "letsshare install". Browsers start this to reach Lets Share Data.
exec ${quote(runtime)} ${quote(program)} connect --home ${quote(home)}
`;
}

export function wrapperPath(home: string): string {
  return join(home, 'native-host.sh');
}

/** What a wrapper starts, undefined when it is not one that `wrapperText` wrote. */
export function parseWrapper(text: string): Launch | undefined {
  const words = /^exec ('.*') ('.*') connect --home ('.*')$/m.exec(text);
  const [, runtime, program, home] = words ?? [];
  if (!runtime || !program || !home) return undefined;
  return { runtime: unquote(runtime), program: unquote(program), home: unquote(home) };
}

/** POSIX shell: nothing is special between single quotes but the single quote. */
function quote(word: string): string {
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

function unquote(word: string): string {
  return word.slice(1, -1).replaceAll(`'\\''`, "'");
}
