/** A second name for a file, below a folder that nothing may leave; a copy, where the file system gives none. Never over another file. */

import { copyFile, constants as fsConstants, link, open, realpath, rm, stat } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { LsdError } from '../../shared/errors.ts';
import { folderBelow, isInside, outside } from './below-root.ts';

/** Another disk; exFAT and some shares, which know no second names; a file that has too many. */
const NO_LINK = new Set(['EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/**
 * `from` is without links, `root` too; its folder is the caller's to sync. False: it has that name already. Throws `denied` where a link leads outside, and
 * `invalid` with the reason `name-taken` where something else has the name.
 */
export async function linkBelow(root: string, from: string, to: string): Promise<boolean> {
  const folder = await folderBelow(root, dirname(to), 'make');
  const path = join(folder, basename(to));
  try {
    await link(from, path).catch(thrown => copyInstead(thrown, from, path));
  } catch (thrown) {
    if (codeOf(thrown) !== 'EEXIST') throw thrown;
    if (!(await isOtherName(from, path))) throw nameTaken(path);
    return false;
  }
  // What lies on the way may have changed meanwhile.
  if (!isInside(root, await realpath(folder))) {
    await rm(path, { force: true });
    throw outside();
  }
  return true;
}

async function copyInstead(thrown: unknown, from: string, to: string): Promise<void> {
  if (!NO_LINK.has(codeOf(thrown))) throw thrown;
  await copyFile(from, to, fsConstants.COPYFILE_EXCL | fsConstants.COPYFILE_FICLONE);
  await using copy = await open(to, 'r+');
  await copy.sync();
}

/** Two names of one file; and not one name in other letters, on a disk that tells no cases apart. */
export async function isOtherName(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([a, b].map(path => stat(path, { bigint: true })));
  const isSame = one?.ino === other?.ino && one?.dev === other?.dev;
  return isSame && (one?.nlink ?? 0n) > 1n && alike(a) !== alike(b);
}

function alike(path: string): string {
  return path.normalize('NFC').toLowerCase();
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : '';
}

export function nameTaken(path: string): LsdError {
  return new LsdError('invalid', `There is something named ${path} already. Choose another name or folder.`, {
    params: { reason: 'name-taken' },
  });
}
