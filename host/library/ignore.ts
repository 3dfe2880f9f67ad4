/** Which paths of a folder are left out: dot files, unfinished `*.part`, and what a `.letsshareignore` names. */

import { readFile } from 'node:fs/promises';
import { dirname, join, relative, sep } from 'node:path';
import ignore, { type Ignore } from 'ignore';
import { isGone } from './gone.ts';

export const IGNORE_FILE = '.letsshareignore';

/** The rules that hold in one directory: its own file's and those of the directories above it, up to the folder. */
export interface Rules {
  /** `name` lies directly in the directory */
  ignores(name: string, isDirectory: boolean): boolean;
  /** the rules of the directory `name` in this one */
  enter(name: string): Promise<Rules>;
}

interface Layer {
  directory: string;
  patterns: Ignore;
}

/** The rules at the top of a shared folder. */
export async function rulesOf(folder: string): Promise<Rules> {
  return rulesIn(folder, await withLayer([], folder));
}

function rulesIn(directory: string, layers: readonly Layer[]): Rules {
  return {
    ignores(name, isDirectory) {
      if (name.startsWith('.') || (!isDirectory && name.endsWith('.part'))) return true;
      return matched(layers, join(directory, name), isDirectory);
    },
    async enter(name) {
      const inner = join(directory, name);
      return rulesIn(inner, await withLayer(layers, inner));
    },
  };
}

/** As with git, the innermost file that says anything about a path decides. */
function matched(layers: readonly Layer[], path: string, isDirectory: boolean): boolean {
  for (const { directory, patterns } of layers) {
    const inside = relative(directory, path).split(sep).join('/') + (isDirectory ? '/' : '');
    const { ignored, unignored } = patterns.test(inside);
    if (ignored || unignored) return ignored;
  }
  return false;
}

async function withLayer(layers: readonly Layer[], directory: string): Promise<readonly Layer[]> {
  try {
    const text = await readFile(join(directory, IGNORE_FILE), 'utf8');
    return [{ directory, patterns: ignore().add(text) }, ...layers];
  } catch (thrown) {
    if (isGone(thrown)) return layers;
    throw thrown;
  }
}

/** The rules of the directory that holds `path`, or undefined where a directory above it is left out. */
export async function rulesFor(folder: string, path: string): Promise<Rules | undefined> {
  let rules = await rulesOf(folder);
  for (const name of relative(folder, dirname(path)).split(sep).filter(Boolean)) {
    if (rules.ignores(name, true)) return undefined;
    rules = await rules.enter(name);
  }
  return rules;
}
