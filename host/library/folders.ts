/** Which folders there are, which path lies in which, and which may be shared at all. */

import { access, constants, lstat, realpath } from 'node:fs/promises';
import { resolve, sep } from 'node:path';
import { LsdError } from '../../shared/errors.ts';
import type { FolderRow } from '../core/stored.ts';
import { errnoOf, isGone } from './gone.ts';

/** `path` is `directory` or lies in it. */
export function liesIn(path: string, directory: string): boolean {
  return path === directory || path.startsWith(directory.endsWith(sep) ? directory : directory + sep);
}

/** The outermost folders: what lies in another is scanned with that. */
export function rootsOf(folders: readonly FolderRow[]): string[] {
  const paths = folders.map(folder => folder.path);
  return paths.filter(path => !paths.some(other => other !== path && liesIn(path, other)));
}

/** The canonical path of a folder that the person wants to share. */
export async function canonicalFolder(
  path: string,
  limits: { home: string; homedir: string; force: boolean },
): Promise<string> {
  const real = await existing(resolve(path));
  const home = await realpath(limits.home).catch(() => resolve(limits.home));
  const homedir = await realpath(limits.homedir).catch(() => resolve(limits.homedir));
  if (liesIn(real, home)) {
    throw new LsdError('invalid', `${real} is where Lets Share Data keeps its own files; share another folder.`);
  }
  if (limits.force) return real;
  const too = real === resolve('/') ? 'the whole file system' : real === homedir ? 'your whole home directory' : '';
  if (too) throw new LsdError('invalid', `${real} is ${too}; share a folder in it, or say --force.`);
  if (liesIn(home, real)) {
    throw new LsdError(
      'invalid',
      `${real} contains the files of Lets Share Data itself (${home}); share a folder in it, or say --force.`,
    );
  }
  return real;
}

/** The real path of a folder that is there and may be read. */
export async function existing(path: string): Promise<string> {
  try {
    const real = await realpath(path);
    if (!(await lstat(real)).isDirectory()) throw new LsdError('invalid', `${path} is no folder; name a folder.`);
    await access(real, constants.R_OK | constants.X_OK);
    return real;
  } catch (thrown) {
    if (thrown instanceof LsdError) throw thrown;
    const what = isGone(thrown) ? 'is not there' : `cannot be read (${errnoOf(thrown)})`;
    throw new LsdError(
      'folder-missing',
      `The folder ${path} ${what}; check its name, its rights, and whether its disk is connected.`,
      {
        userAction: 'check-folder',
        cause: thrown,
      },
    );
  }
}
