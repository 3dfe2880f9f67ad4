/** Files, safely: stamps that tell a change, reads that never follow a link, writes that are synced and then renamed. */

import type { BigIntStats } from 'node:fs';
import { constants } from 'node:fs';
import { type FileHandle, open, rename } from 'node:fs/promises';
import { dirname } from 'node:path';
import { LsdError } from '../../shared/errors.ts';
import { type FileStamp, unchanged } from '../core/ports.ts';

/** O_NONBLOCK: opening a pipe that took the file's place must not hang. */
const READ_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

export function stampOf(stats: BigIntStats): FileStamp {
  return {
    inode: `${stats.dev}:${stats.ino}`,
    size: Number(stats.size),
    mtimeNs: String(stats.mtimeNs),
    ctimeNs: String(stats.ctimeNs),
  };
}

/** The same as comparing `stampOf` with this stamp, for where it is done thousands of times a second. */
export function stampMatcher({ inode, size, mtimeNs, ctimeNs }: FileStamp): (stats: BigIntStats) => boolean {
  const [dev = '', ino = ''] = inode.split(':');
  const expected = [dev, ino, size, mtimeNs, ctimeNs].map(BigInt);
  return ({ dev, ino, size, mtimeNs, ctimeNs }) =>
    dev === expected[0] &&
    ino === expected[1] &&
    size === expected[2] &&
    mtimeNs === expected[3] &&
    ctimeNs === expected[4];
}

/** This process or the system has no more handles: that tells nothing of the file. */
export function isExhausted(thrown: unknown): boolean {
  if (typeof thrown !== 'object' || thrown === null || !('code' in thrown)) return false;
  return thrown.code === 'EMFILE' || thrown.code === 'ENFILE';
}

/** Opens a regular file for reading only; a link, device or pipe in its place is `not-found`. */
export async function openForReading(path: string): Promise<FileHandle> {
  const handle = await open(path, READ_FLAGS);
  try {
    if ((await handle.stat()).isFile()) return handle;
  } catch (thrown) {
    await handle.close();
    throw thrown;
  }
  await handle.close();
  throw new LsdError('not-found', 'This is no regular file any more.');
}

/** Throws `not-found` unless the open file is still the one with this stamp. */
export async function assertUnchanged(handle: FileHandle, stamp: FileStamp): Promise<void> {
  if (!unchanged(stampOf(await handle.stat({ bigint: true })), stamp)) throw changedError();
}

export function changedError(): LsdError {
  return new LsdError('not-found', 'The file is another than the one that was hashed; it will be hashed again.');
}

/** Writes all of it at `at` of the file: a full disk may take a part of a write, and refuses the rest with the next. */
export async function writeAll(handle: FileHandle, bytes: Uint8Array, at: number): Promise<void> {
  for (let done = 0; done < bytes.length; ) {
    done += (await handle.write(bytes, done, bytes.length - done, at + done)).bytesWritten;
  }
}

/** Flushes a directory's entries to the disk, so that a rename in it outlives a power cut. */
export async function syncDirectory(path: string): Promise<void> {
  if (process.platform === 'win32') return;
  const handle = await open(path, constants.O_RDONLY);
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

/** Moves a finished file to its name: the file is synced first, both directories after. */
export async function commitFile(from: string, to: string): Promise<void> {
  const handle = await open(from, constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0));
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(from, to);
  await syncDirectory(dirname(to));
  if (dirname(from) !== dirname(to)) await syncDirectory(dirname(from));
}

/** Writes a small file whole or not at all; `mode` 0o600 for secrets. */
export async function writeFileAtomic(path: string, content: string | Uint8Array, mode = 0o600): Promise<void> {
  const temporary = `${path}.${process.pid}.new`;
  const handle = await open(temporary, 'w', mode);
  try {
    await handle.writeFile(content);
    await handle.sync();
  } finally {
    await handle.close();
  }
  await rename(temporary, path);
  await syncDirectory(dirname(path));
}
