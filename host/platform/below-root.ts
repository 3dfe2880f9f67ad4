/**
 * Files below a folder that nothing may leave: links are followed where they lead inside it, and nowhere else. Every part of
 * a path is looked at each time, for it may have become a link meanwhile.
 */

import { constants } from 'node:fs';
import { type FileHandle, lstat, mkdir, open, readdir, realpath, rmdir, unlink } from 'node:fs/promises';
import { basename, dirname, join, relative, resolve, sep } from 'node:path';
import { LsdError } from '../../shared/errors.ts';

/** `/root2` is not inside `/root`; the root itself is. */
export function isInside(root: string, path: string): boolean {
  return path === root || path.startsWith(root.endsWith(sep) ? root : `${root}${sep}`);
}

/**
 * The path that a person's words mean: relative to `root`, or absolute inside it; without links as far as it is there. Makes
 * nothing. Throws `denied` where it leads outside, `invalid` for what is no path.
 */
export async function pathBelow(root: string, asked: string): Promise<string> {
  if (asked.includes('\0')) throw new LsdError('invalid', 'A path holds no NUL character.');
  const real = await realpath(root);
  const path = resolve(root, asked);
  const below = isInside(root, path) ? relative(root, path) : isInside(real, path) ? relative(real, path) : undefined;
  if (below === undefined) throw outside();
  return walk(real, join(real, below), 'look');
}

/** files that are made at once: the system has four threads for them */
const AT_ONCE = 16;

export type OpenFor = 'reading' | 'writing';

/**
 * A regular file below `root` (which is without links), opened; for writing it and its folders are made where they are not
 * there. Throws `denied` where a link leads outside, `not-found` for a device or the like.
 */
export async function openBelow(root: string, path: string, what: OpenFor): Promise<FileHandle> {
  const folder = await folderBelow(root, dirname(path), what === 'writing' ? 'make' : 'look');
  const access = what === 'writing' ? constants.O_RDWR | constants.O_CREAT : constants.O_RDONLY;
  // O_NONBLOCK: a pipe in the file's place must not hang.
  const flags = access | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);
  const name = join(folder, basename(path));
  const real = async () => open(await realOrItself(root, name), flags, 0o666);
  // Most are no links.
  const file = constants.O_NOFOLLOW === undefined ? await realOrItself(root, name) : name;
  const handle = await open(file, flags, 0o666).catch((thrown: unknown) => {
    if (!hasCode(thrown, 'ELOOP')) throw thrown;
    return real();
  });
  try {
    if (!(await handle.stat()).isFile()) throw new LsdError('not-found', 'This is no regular file.');
    // What lies on the way may have changed while it was opened.
    if (!isInside(root, await realpath(file))) throw outside();
    return handle;
  } catch (thrown) {
    await handle.close();
    throw thrown;
  }
}

/** Empty files in one folder below `root`, where nothing of their names is there yet. Throws as `openBelow`. */
export async function createBelow(root: string, folder: string, names: readonly string[]): Promise<void> {
  const there = new Set(await readdir(await folderBelow(root, folder, 'look')).catch(() => []));
  const missing = names.filter(name => !there.has(name));
  if (missing.length === 0) return;
  const at = await folderBelow(root, folder, 'make');
  for (let from = 0; from < missing.length; from += AT_ONCE) {
    await Promise.all(missing.slice(from, from + AT_ONCE).map(name => createNew(join(at, name))));
  }
  // What lies on the way may have changed meanwhile.
  if (!isInside(root, await realpath(at))) throw outside();
}

async function createNew(path: string): Promise<void> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
  const handle = await open(path, flags, 0o666).catch((thrown: unknown) => {
    if (!hasCode(thrown, 'EEXIST')) throw thrown;
  });
  await handle?.close();
}

/** Deletes files of one folder, where no link lies on the way to them; what is no file, or not there, is left. */
export async function removeBelow(root: string, folder: string, names: readonly string[]): Promise<void> {
  if (!(await isPlain(root, folder))) return;
  const files = new Set<string>();
  for (const each of await readdir(folder, { withFileTypes: true })) if (each.isFile()) files.add(each.name);
  const there = names.filter(name => files.has(name));
  for (let from = 0; from < there.length; from += AT_ONCE) {
    await Promise.all(there.slice(from, from + AT_ONCE).map(name => unlink(join(folder, name))));
  }
}

/** Deletes a folder and those above it up to `stop`, which stays, as long as they are empty and no links. */
export async function removeEmptyBelow(root: string, folder: string, stop: string): Promise<void> {
  for (let at = folder; at !== stop && isInside(stop, at); at = dirname(at)) {
    if (!(await isPlain(root, at))) return;
    try {
      await rmdir(at);
    } catch {
      return; // it is not empty
    }
  }
}

async function isPlain(root: string, folder: string): Promise<boolean> {
  return isInside(root, folder) && (await realpath(folder).catch(() => undefined)) === folder;
}

/** Where a folder leads; most are there, without a link on the way. */
export async function folderBelow(root: string, folder: string, missing: 'make' | 'look'): Promise<string> {
  return (await isPlain(root, folder)) ? folder : walk(root, folder, missing);
}

/** Part by part, so that none is made behind a link that leads outside. */
async function walk(root: string, folder: string, missing: 'make' | 'look'): Promise<string> {
  if (!isInside(root, folder)) throw outside();
  let at = root;
  for (const part of relative(root, folder).split(sep)) {
    if (part === '') continue;
    const next = join(at, part);
    at = await realOrItself(root, next);
    if (missing === 'make' && at === next) await makeFolder(next);
  }
  return at;
}

async function makeFolder(path: string): Promise<void> {
  await mkdir(path).catch((thrown: unknown) => {
    if (!hasCode(thrown, 'EEXIST')) throw thrown;
  });
}

/** Where a path leads; what is not there leads to itself, but for a link to nothing. */
async function realOrItself(root: string, path: string): Promise<string> {
  try {
    const real = await realpath(path);
    if (isInside(root, real)) return real;
  } catch (thrown) {
    if (!hasCode(thrown, 'ENOENT')) throw thrown;
    if (!(await lstat(path).catch(() => undefined))?.isSymbolicLink()) return path;
  }
  throw outside();
}

function hasCode(thrown: unknown, code: string): boolean {
  return thrown instanceof Error && 'code' in thrown && thrown.code === code;
}

export function outside(): LsdError {
  return new LsdError('denied', 'This path leads out of the folder that files may be saved in; name one inside it.');
}
