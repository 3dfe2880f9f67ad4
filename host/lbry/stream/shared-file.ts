/** The blobs of a file that is shared as a stream, made from it when they are asked for: its bytes are kept once. */

import { LsdError } from '../../../shared/errors.ts';
import { openForReading } from '../../platform/files.ts';
import { type BlobSource, encryptBlob } from '../blob.ts';
import { type StreamDescriptor, startOf } from './descriptor.ts';
import { fill } from './fill.ts';

/** A descriptor whose file lies here whole. */
export interface SharedFile {
  path: string;
  /** of the file, bytes */
  size: number;
  descriptor: StreamDescriptor;
}

/**
 * The file is never trusted to be what it was, whatever its date says: each blob is hashed when it is made, and one that is no
 * longer the stream's is not to be had.
 */
export function blobsOfFile({ path, size, descriptor }: SharedFile): BlobSource {
  const { blobs } = descriptor;
  const indexes = new Map(blobs.map(({ hash }, index) => [hash, index]));
  const key = Buffer.from(descriptor.key, 'hex');

  async function plainBytes(index: number): Promise<Uint8Array> {
    const start = startOf(blobs, index);
    const end = index === blobs.length - 1 ? size : start + blobs[index]!.length - 1;
    const part = Buffer.allocUnsafeSlow(Math.max(0, end - start));
    await using file = await openForReading(path);
    await fill(file, part, start);
    return part;
  }

  return {
    async get(hash, signal) {
      signal.throwIfAborted();
      const index = indexes.get(hash);
      if (index === undefined) return undefined;
      const plain = await plainBytes(index).catch(gone);
      if (!plain) return undefined;
      const blob = encryptBlob(plain, key, Buffer.from(blobs[index]!.iv, 'hex'));
      return blob.hash === hash ? blob.bytes : undefined;
    },
  };
}

/** Files are deleted, cut short and moved. Of any other fault whoever reads is told. */
function gone(thrown: unknown): undefined {
  if (thrown instanceof LsdError && thrown.code === 'not-found') return undefined;
  if (thrown instanceof Error && 'code' in thrown && (thrown.code === 'ENOENT' || thrown.code === 'ENOTDIR'))
    return undefined;
  throw thrown;
}
