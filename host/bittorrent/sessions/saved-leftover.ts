/** What a move of a saved torrent that was cut off left at its other end: second names of its files, or copies, maybe begun ones. */

import type { FileHandle } from 'node:fs/promises';
import { openBelow } from '../../platform/below-root.ts';
import { isOtherName } from '../../platform/link-below.ts';
import { pathOf } from '../pieces/files-folder.ts';
import type { PlacedFile } from '../pieces/files-layout.ts';
import { removeFolders, removeSaved } from './saved-disk.ts';
import type { Lying } from './saved-one.ts';

const CHUNK_BYTES = 256 * 1024;

/** Deletes the files at `other` that hold nothing that those at `own` do not; what differs is somebody else's by now, and stays. */
export async function removeSeconds(own: Lying, other: Lying, infoHash: string): Promise<void> {
  const seconds: PlacedFile[] = [];
  for (const [index, file] of other.layout.entries()) {
    const mine = own.layout[index];
    if (!mine || file.isPadding) continue;
    if (await isSecond(own, mine, other, file)) seconds.push(file);
  }
  await removeSaved(other.place, seconds, infoHash);
  await removeFolders(other.place, other.layout, infoHash);
}

async function isSecond(own: Lying, mine: PlacedFile, other: Lying, file: PlacedFile): Promise<boolean> {
  const [from, to] = [pathOf(own.place.folder, mine), pathOf(other.place.folder, file)];
  try {
    await using second = await openBelow(other.place.root, to, 'reading');
    await using first = await openBelow(own.place.root, from, 'reading');
    const [a, b] = await Promise.all([second, first].map(each => each.stat({ bigint: true })));
    if (a?.ino === b?.ino && a?.dev === b?.dev) return await isOtherName(from, to);
    return await isBeginning(second, first);
  } catch {
    return false; // one of them is not there, or none to be read
  }
}

/** The same bytes as far as it goes: a copy may have been cut off. */
async function isBeginning(of: FileHandle, whole: FileHandle): Promise<boolean> {
  const [a, b] = [Buffer.alloc(CHUNK_BYTES), Buffer.alloc(CHUNK_BYTES)];
  for (let at = 0; ; ) {
    const { bytesRead } = await of.read(a, 0, CHUNK_BYTES, at);
    if (bytesRead === 0) return true;
    const same = await whole.read(b, 0, bytesRead, at);
    if (!a.subarray(0, bytesRead).equals(b.subarray(0, same.bytesRead))) return false;
    at += bytesRead;
  }
}
