/** Makes a stream of a file: read once, a blob at a time, and left as it is. */

import { randomBytes } from 'node:crypto';
import type { FileHandle } from 'node:fs/promises';
import { basename } from 'node:path';
import { LsdError } from '../../../shared/errors.ts';
import { unchanged } from '../../core/ports.ts';
import { openForReading, stampOf } from '../../platform/files.ts';
import {
  BLOCK_BYTES,
  type Blob,
  type BlobHash,
  encryptedLength,
  hashOf,
  MAX_BLOB_BYTES,
  MAX_PLAIN_BYTES,
} from '../blob.ts';
import type { BlobWorkers } from '../off-thread/blob-workers.ts';
import type { WorkedBlob } from '../off-thread/job.ts';
import {
  type BlobInfo,
  blobCount,
  type DescriptorOrder,
  encodeDescriptor,
  type StreamDescriptor,
  streamHashOf,
} from './descriptor.ts';
import { suggestedNameOf } from './file-name.ts';

const KEY_BYTES = 16;
/** Blobs of each worker that are asked for at once, so that none waits. */
const AHEAD = 3;
/** An entry of a descriptor is longer. */
const LEAST_ENTRY_BYTES = 128;

export interface StreamOptions {
  /** the file's, else */
  name?: string;
  /** 16 bytes; random, else: two streams of one file have nothing in common */
  key?: Uint8Array;
  /** 16 bytes each time; random, else. Asked for once a blob in their order, then for the end */
  iv?: () => Uint8Array;
  order?: DescriptorOrder;
  /** Is waited for before the next blob is made. The blobs need not be kept: those of a shared file are made of it again. */
  onBlob?(blob: Blob): Promise<void> | void;
}

export interface MadeStream {
  /** the hash that the stream is known by: that of the descriptor's bytes */
  sdHash: BlobHash;
  sdBlob: Uint8Array;
  descriptor: StreamDescriptor;
  /** of the file, bytes */
  size: number;
}

/**
 * The stream of the file at `path`. Takes the memory of a few blobs, whatever the file's length. Throws `invalid` for a file that
 * no descriptor can hold: one without a byte, and one of more than some 22 GB; `not-found` where it changes meanwhile.
 */
export async function makeStream(
  path: string,
  options: StreamOptions,
  workers: BlobWorkers,
  signal: AbortSignal,
): Promise<MadeStream> {
  const handle = await openForReading(path);
  try {
    const stamp = stampOf(await handle.stat({ bigint: true }));
    const named = { ...options, name: options.name ?? basename(path) };
    const made = await streamOf(handle, stamp.size, named, workers, signal);
    if (unchanged(stampOf(await handle.stat({ bigint: true })), stamp)) return made;
    throw new LsdError(
      'not-found',
      'The file changed while the stream was made of it. Make it again when the file is done.',
    );
  } finally {
    await handle.close();
  }
}

async function streamOf(
  file: FileHandle,
  size: number,
  options: StreamOptions & { name: string },
  workers: BlobWorkers,
  signal: AbortSignal,
): Promise<MadeStream> {
  const { name, key = randomBytes(KEY_BYTES), iv = () => randomBytes(BLOCK_BYTES), order, onBlob } = options;
  const start = { streamName: hexOf(name), suggestedFileName: hexOf(suggestedNameOf(name)), key: hex(key) };
  assertFits(start, size);
  const blobs: BlobInfo[] = [];
  const wanted = onBlob ? 'blob' : 'hash';
  const making: { iv: string; made: Promise<WorkedBlob> }[] = [];

  /** In their order, whichever is done first. */
  async function take(): Promise<void> {
    const { iv, made } = making[0]!;
    const { hash, length, bytes } = await made;
    making.shift();
    blobs.push({ hash, length, iv });
    await onBlob?.({ hash, bytes });
    signal.throwIfAborted();
  }

  try {
    for (let position = 0; position < size; position += MAX_PLAIN_BYTES) {
      signal.throwIfAborted();
      if (making.length === workers.count * AHEAD) await take();
      const length = Math.min(MAX_PLAIN_BYTES, size - position);
      const job = { fd: file.fd, position, length, key: start.key, iv: hex(iv()), wanted } as const;
      const made = workers.make(job);
      made.catch(() => {}); // whoever takes it is told
      making.push({ iv: job.iv, made });
    }
    while (making.length > 0) await take();
  } finally {
    // The file is open until the last of them is read.
    await Promise.allSettled(making.map(({ made }) => made));
  }
  const hashed = { ...start, blobs, terminatorIv: hex(iv()) };
  const descriptor = { ...hashed, streamHash: streamHashOf(hashed) };
  const sdBlob = encodeDescriptor(descriptor, order);
  return { sdHash: hashOf(sdBlob), sdBlob, descriptor, size };
}

/** Before hours go into it: the descriptor has the same length whatever the hashes are. */
function assertFits(start: Pick<StreamDescriptor, 'streamName' | 'suggestedFileName' | 'key'>, size: number): void {
  if (size === 0) throw new LsdError('invalid', 'An empty file makes no stream: there is nothing to share in it.');
  const [hash, iv] = ['0'.repeat(96) as BlobHash, '0'.repeat(32)];
  const count = blobCount(size);
  const blobs = Array.from({ length: Math.min(count, MAX_BLOB_BYTES / LEAST_ENTRY_BYTES) }, (_, index) => ({
    hash,
    iv,
    length: index < count - 1 ? MAX_BLOB_BYTES : encryptedLength(size - index * MAX_PLAIN_BYTES),
  }));
  const longest = encodeDescriptor({ ...start, blobs, terminatorIv: iv, streamHash: hash });
  if (longest.length <= MAX_BLOB_BYTES) return;
  throw new LsdError(
    'invalid',
    `A stream cannot hold a file of ${size} bytes: the list of its blobs would be longer than a blob. Share it as a torrent.`,
  );
}

function hexOf(text: string): string {
  return Buffer.from(text, 'utf8').toString('hex');
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
