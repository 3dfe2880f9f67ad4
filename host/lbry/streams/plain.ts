/** The bytes of one blob in a stream's file, and whether they are still those that the blob was made of. */

import type { BlobWorkers } from '../off-thread/blob-workers.ts';
import type { WorkedBlob } from '../off-thread/job.ts';
import type { Layout } from './layout.ts';

/** Its length, of a file of so many bytes. */
export function plainLength(layout: Layout, number: number, size: number): number {
  return number === layout.last ? size - layout.start(number) : layout.fullLength(number);
}

export interface BlobInFile {
  layout: Layout;
  number: number;
  /** bytes that the file has in its place */
  length: number;
  /** is open until this is answered */
  fd: number;
}

/** The blob of what is in its place; undefined where it is not the one that the stream names. Throws where the file cannot be read. */
export async function blobIn(
  { layout, number, length, fd }: BlobInFile,
  wanted: 'hash' | 'blob',
  workers: Pick<BlobWorkers, 'make'>,
): Promise<WorkedBlob | undefined> {
  const { descriptor } = layout;
  const { hash, iv, length: blobLength } = descriptor.blobs[number]!;
  if (length <= 0 || length >= blobLength) return undefined;
  const blob = await workers.make({ fd, position: layout.start(number), length, key: descriptor.key, iv, wanted });
  return blob.hash === hash ? blob : undefined;
}
