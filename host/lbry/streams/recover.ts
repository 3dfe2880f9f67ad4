/** What a partial file holds: what was written down, and what came after that before the process ended. */

import { encryptedLength } from '../blob.ts';
import type { BlobWorkers } from '../off-thread/blob-workers.ts';
import type { Layout } from './layout.ts';
import type { PartialFile } from './partial-file.ts';
import { blobIn } from './plain.ts';

const EDGE_BYTES = 64;

export interface Recovered {
  here: Set<number>;
  /** those of them that are to be written down */
  unsaved: number[];
  /** Something is written down that is not here. */
  isLost: boolean;
  /** of the whole file, where its last blob is here */
  size: number | null;
}

export interface RecoverOptions {
  layout: Layout;
  file: Pick<PartialFile, 'fd' | 'read' | 'length'>;
  workers: Pick<BlobWorkers, 'make'>;
  /** as it is written down */
  kept: readonly number[];
}

/** A file that was removed or cut short meanwhile holds nothing that is believed. */
export async function recover({ layout, file, workers, kept }: RecoverOptions): Promise<Recovered> {
  const length = await file.length();
  const here = new Set(kept.filter(number => number <= layout.last && mayEnd(layout, number, length)));
  const unsaved: number[] = [];
  for (let number = 0; number <= layout.last; number++) {
    if (here.has(number) || layout.start(number) >= length) continue;
    if (!(await isThere(layout, number, file, length, workers))) continue;
    here.add(number);
    unsaved.push(number);
  }
  const isLost = kept.some(number => !here.has(number));
  return { here, unsaved, isLost, size: here.has(layout.last) ? length : null };
}

/** The last blob ends with the file: no other is written behind it. */
function endOf(layout: Layout, number: number, fileLength: number): number {
  return number === layout.last ? fileLength : layout.start(number) + layout.fullLength(number);
}

/** The file is as long as it must be to hold this blob. */
function mayEnd(layout: Layout, number: number, fileLength: number): boolean {
  if (number < layout.last) return endOf(layout, number, fileLength) <= fileLength;
  const plain = fileLength - layout.start(number);
  return plain > 0 && encryptedLength(plain) === layout.descriptor.blobs[number]!.length;
}

async function isThere(
  layout: Layout,
  number: number,
  file: Pick<PartialFile, 'fd' | 'read'>,
  fileLength: number,
  workers: Pick<BlobWorkers, 'make'>,
): Promise<boolean> {
  const start = layout.start(number);
  const length = endOf(layout, number, fileLength) - start;
  if (!mayEnd(layout, number, fileLength)) return false;
  // A hole is zeros, and most of what is not there yet is one: it is not hashed.
  const edge = new Uint8Array(Math.min(EDGE_BYTES, length));
  await file.read(edge, start);
  if (edge.every(byte => byte === 0)) return false;
  return (await blobIn({ layout, number, length, fd: file.fd }, 'hash', workers)) !== undefined;
}
