/** A folder with a file for each piece, named by its SHA-1: torrents share equal pieces, and a restart finds them. */

import { constants } from 'node:fs';
import { type FileHandle, mkdir, open, readdir, rename, unlink } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { writeAll } from '../../platform/files.ts';

/** hex digits of the folder that a piece lies in */
const SHARD = 2;

export function piecePath(folder: string, hash: string): string {
  return `${folder}/${hash.slice(0, SHARD)}/${hash}`;
}

/** The SHA-1 of one piece of those that stand one after the other, as hex. */
export function pieceHash(hashes: Uint8Array, piece: number): string {
  return Buffer.from(hashes.buffer, hashes.byteOffset + piece * 20, 20).toString('hex');
}

/** Which of these are there. */
export async function piecesThere(folder: string, hashes: readonly string[]): Promise<Set<string>> {
  const shards = new Set(hashes.map(hash => hash.slice(0, SHARD)));
  const listed = await Promise.all([...shards].map(shard => readdir(join(folder, shard)).catch(() => [])));
  const there = new Set(listed.flat());
  return new Set(hashes.filter(hash => there.has(hash)));
}

let written = 0;

/** Whole or not at all: a process that dies in the middle leaves a file that no piece is named by. */
export async function writePiece(folder: string, hash: string, bytes: Uint8Array): Promise<void> {
  const path = piecePath(folder, hash);
  const unfinished = `${path}.${process.pid}-${++written}.new`;
  const handle = await openNew(unfinished);
  try {
    await writeAll(handle, bytes, 0);
  } catch (thrown) {
    await handle.close();
    await unlink(unfinished).catch(() => {});
    throw thrown;
  }
  await handle.close();
  await rename(unfinished, path);
}

async function openNew(path: string): Promise<FileHandle> {
  const flags = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL;
  try {
    return await open(path, flags, 0o600);
  } catch (thrown) {
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT')) throw thrown;
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    return open(path, flags, 0o600);
  }
}
