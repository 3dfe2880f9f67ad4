/** The bytes of one blob out of a stream's file, and whether they are still those that the blob was made of. */

import { openForReading } from '../../platform/files.ts';
import { type BlobKey, encrypt, hashOfBlob, readKey } from '../off-thread.ts';
import { fill } from '../stream/fill.ts';
import type { Layout } from './layout.ts';

/** Its length, of a file of so many bytes. */
export function plainLength(layout: Layout, number: number, size: number): number {
  return number === layout.last ? size - layout.start(number) : layout.fullLength(number);
}

/** The bytes that `path` has in the place of this blob. Throws `not-found`, or what the system says, where there are none. */
export async function readPlain(path: string, position: number, length: number): Promise<Uint8Array<ArrayBuffer>> {
  const plain = new Uint8Array(Math.max(0, length));
  await using file = await openForReading(path);
  await fill(file, plain, position);
  return plain;
}

/** The blob that these bytes make; undefined where it is not the one that the stream names. */
export async function blobOf(
  layout: Layout,
  number: number,
  plain: Uint8Array<ArrayBuffer>,
  key?: BlobKey,
): Promise<Uint8Array<ArrayBuffer> | undefined> {
  const { hash, iv, length } = layout.descriptor.blobs[number]!;
  if (plain.length >= length) return undefined;
  const blob = await encrypt(plain, key ?? (await readKey(layout.descriptor.key)), iv);
  return (await hashOfBlob(blob)) === hash ? blob : undefined;
}
