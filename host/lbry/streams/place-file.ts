/** Gives a finished file its name: the wanted one, or the next that is free. Never over another file. */

import { copyFile, constants as fsConstants, link, open, rename, rm, stat } from 'node:fs/promises';
import { join, parse } from 'node:path';
import { LsdError } from '../../../shared/errors.ts';
import { syncDirectory } from '../../platform/files.ts';

/** More files of one name are no accident. */
const MOST_OF_A_NAME = 10_000;

/**
 * A second name for the file at `from`, in the same file system: `name`, else `name_1`, and so on. Resolves to the name; one that is
 * this very file already counts. `from` is to be removed by the caller, once the name is written down.
 */
export async function nameFile(from: string, folder: string, name: string): Promise<string> {
  const given = await firstFree(name, async each => {
    const to = join(folder, each);
    try {
      await link(from, to);
      return true;
    } catch (thrown) {
      if (!isCode(thrown, 'EEXIST')) throw thrown;
      return isSame(from, to);
    }
  }).catch(thrown => {
    // exFAT and some shares know no second names.
    if (!isCode(thrown, 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK')) throw thrown;
    return moveInto(from, folder, name);
  });
  await syncDirectory(folder);
  return given;
}

/** The same by a rename, where the file system has no links. */
async function moveInto(from: string, folder: string, name: string): Promise<string> {
  const given = await reserve(folder, name);
  await rename(from, join(folder, given));
  return given;
}

/** A copy of the file under the first free name; resolves to that. */
export async function copyInto(from: string, folder: string, name: string): Promise<string> {
  const given = await reserve(folder, name);
  try {
    await copyFile(from, join(folder, given), fsConstants.COPYFILE_FICLONE);
    await using copy = await open(join(folder, given), 'r+');
    await copy.sync();
  } catch (thrown) {
    await rm(join(folder, given), { force: true });
    throw thrown;
  }
  await syncDirectory(folder);
  return given;
}

/** An empty file of the first free name: no one else can take it meanwhile. */
export function reserve(folder: string, name: string): Promise<string> {
  return firstFree(name, async each => {
    try {
      await (await open(join(folder, each), 'wx', 0o644)).close();
      return true;
    } catch (thrown) {
      if (!isCode(thrown, 'EEXIST')) throw thrown;
      return false;
    }
  });
}

async function firstFree(name: string, take: (name: string) => Promise<boolean>): Promise<string> {
  for (const each of numbered(name)) if (await take(each)) return each;
  throw new Error('names do not end');
}

/** The name, then `name_1.ext` and so on. Throws `invalid` after too many. */
export function* numbered(name: string): Generator<string> {
  const { name: base, ext } = parse(name);
  yield name;
  for (let number = 1; number < MOST_OF_A_NAME; number++) yield `${base}_${number}${ext}`;
  throw new LsdError('invalid', `There are ${MOST_OF_A_NAME} files named "${name}" already. Name another folder.`);
}

async function isSame(a: string, b: string): Promise<boolean> {
  const [one, other] = await Promise.all([a, b].map(path => stat(path, { bigint: true })));
  return one?.ino === other?.ino && one?.dev === other?.dev;
}

export function isCode(thrown: unknown, ...codes: string[]): boolean {
  return thrown instanceof Error && 'code' in thrown && codes.includes(String(thrown.code));
}
