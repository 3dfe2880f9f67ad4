/** A stream as a content: any range of the file, from the blobs that the range touches and no other. */

import { LsdError } from '../../../shared/errors.ts';
import type { ByteRange, Content } from '../../core/content.ts';
import { type BlobHash, type BlobSource, decryptBlob } from '../blob.ts';
import { decodeDescriptor, type StreamDescriptor, startOf } from './descriptor.ts';
import { safeNameOf, textOfHex } from './file-name.ts';

/** The stream's descriptor. Throws `not-found` where the source has none, `invalid` for a blob that is no descriptor. */
export async function fetchDescriptor(
  sdHash: BlobHash,
  source: BlobSource,
  signal: AbortSignal,
): Promise<StreamDescriptor> {
  const bytes = await source.get(sdHash, signal);
  if (bytes) return decodeDescriptor(bytes);
  throw new LsdError('not-found', `The descriptor of this stream is not there: no blob ${sdHash} was found.`);
}

/**
 * Fetches the last blob, since nothing else tells how long the file is. Keeps the blob that was read last, so that short reads in
 * order open each blob once.
 */
export async function openStream(
  descriptor: StreamDescriptor,
  source: BlobSource,
  signal: AbortSignal,
): Promise<Content> {
  const { blobs } = descriptor;
  const key = Buffer.from(descriptor.key, 'hex');
  let latest: { index: number; plain: Uint8Array } | undefined;

  async function plainOf(index: number, signal: AbortSignal): Promise<Uint8Array> {
    if (latest?.index === index) return latest.plain;
    const { hash, iv, length } = blobs[index]!;
    const bytes = await source.get(hash, signal);
    if (!bytes) throw new LsdError('not-found', `Blob ${index} of ${blobs.length} is not there: ${hash}.`);
    if (bytes.length !== length) throw wrong(`blob ${index} is not as long as the descriptor says`);
    const plain = decryptBlob(bytes, key, Buffer.from(iv, 'hex'));
    if (index < blobs.length - 1 && plain.length !== length - 1) throw wrong(`blob ${index} is not full`);
    latest = { index, plain };
    return plain;
  }

  async function* read(range: ByteRange, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    let start = 0;
    if (range.end <= range.start) return;
    for (let index = 0; index < blobs.length && start < range.end; index++) {
      const end = index === blobs.length - 1 ? size : start + blobs[index]!.length - 1;
      if (end > range.start) {
        const plain = await plainOf(index, signal);
        signal.throwIfAborted();
        yield plain.subarray(Math.max(0, range.start - start), Math.min(plain.length, range.end - start));
      }
      start = end;
    }
  }

  const last = blobs.length - 1;
  const size = last < 0 ? 0 : startOf(blobs, last) + (await plainOf(last, signal)).length;
  return {
    size,
    extension: extensionOf(descriptor),
    verified: true, // each blob is, by its hash
    read,
    async [Symbol.asyncDispose]() {
      latest = undefined;
    },
  };
}

function extensionOf({ suggestedFileName }: StreamDescriptor): string {
  return /\.([^.]+)$/.exec(safeNameOf(textOfHex(suggestedFileName)))?.[1]?.toLowerCase() ?? '';
}

function wrong(what: string): LsdError {
  return new LsdError('invalid', `This stream cannot be read: ${what}. Whoever made it made it wrong.`);
}
