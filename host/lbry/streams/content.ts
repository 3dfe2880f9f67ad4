/** A stream's file as a content: read from the disk, waiting for the blobs that the range touches and no other. */

import type { FileHandle } from 'node:fs/promises';
import { LsdError } from '../../../shared/errors.ts';
import type { ByteRange, Content } from '../../core/content.ts';
import type { BlobWorkers } from '../off-thread/blob-workers.ts';
import { fill } from '../stream/fill.ts';
import type { Layout } from './layout.ts';
import { blobIn, plainLength } from './plain.ts';

/** Blobs that are asked for while one is read. */
const AHEAD = 3;
/** Bytes of the file in memory for one reader. */
const CHUNK = 512 * 1024;

export interface ContentOptions {
  layout: Layout;
  /** Is closed with the content. */
  file: FileHandle;
  size: number;
  extension: string;
  /** Resolves when the blob is in the file. */
  need(number: number, urgency: 'now' | 'soon', signal: AbortSignal): Promise<void>;
  /** The file is as it was written or hashed; else each blob is hashed before it is given. */
  isBelieved: boolean;
  workers: Pick<BlobWorkers, 'make'>;
  onClose(): void;
}

export function contentOf(options: ContentOptions): Content {
  const { layout, file, size, extension, need } = options;

  async function* read(range: ByteRange, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const end = Math.min(range.end, size);
    if (end <= range.start) return;
    const final = layout.at(end - 1);
    for (let number = layout.at(range.start); number <= final; number++) {
      const awaited = need(number, 'now', signal);
      for (let next = number + 1; next <= Math.min(final, number + AHEAD); next++)
        need(next, 'soon', signal).catch(() => {}); // whoever comes to it is told
      await awaited;
      if (!options.isBelieved) await assertSame(number);
      const start = layout.start(number);
      const [from, to] = [Math.max(range.start, start), Math.min(end, start + plainLength(layout, number, size))];
      for (let at = from; at < to; at += CHUNK) {
        signal.throwIfAborted();
        const chunk = new Uint8Array(Math.min(CHUNK, to - at));
        await fill(file, chunk, at);
        yield chunk;
      }
    }
  }

  async function assertSame(number: number): Promise<void> {
    const length = plainLength(layout, number, size);
    if (await blobIn({ layout, number, length, fd: file.fd }, 'hash', options.workers)) return;
    throw new LsdError('not-found', 'The file is no longer the one that was shared as this stream.');
  }

  return {
    size,
    extension,
    verified: true, // each blob is, by its hash
    read,
    async [Symbol.asyncDispose]() {
      options.onClose();
      await file.close();
    },
  };
}
