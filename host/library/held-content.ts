/** The bytes of a held file, read in place: never copied, never opened for writing, never given out once it changed. */

import type { FileHandle } from 'node:fs/promises';
import { LsdError } from '../../shared/errors.ts';
import type { ByteRange, Content } from '../core/content.ts';
import type { FileStamp } from '../core/ports.ts';
import { takeChunk } from '../platform/chunks.ts';
import { assertUnchanged, openForReading } from '../platform/files.ts';

/** The first chunk is short, for an early first byte; the others long, for throughput (bench/serve.ts). */
const FIRST_CHUNK = 256 * 1024;
const CHUNK = 1024 * 1024;

export interface HeldPath {
  path: string;
  stamp: FileStamp;
  extension: string;
}

/**
 * Opens the file if it is still the one that was hashed, else throws. `onChanged` is told when a read finds another file.
 */
export async function openHeld(held: HeldPath, onChanged: () => void): Promise<Content> {
  const handle = await openForReading(held.path);
  try {
    await assertUnchanged(handle, held.stamp);
  } catch (thrown) {
    await handle.close();
    throw thrown;
  }
  return {
    size: held.stamp.size,
    extension: held.extension,
    verified: true,
    read: (range, signal) => read(handle, held.stamp, range, signal, onChanged),
    [Symbol.asyncDispose]: () => handle.close(),
  };
}

async function* read(
  handle: FileHandle,
  stamp: FileStamp,
  { start, end }: ByteRange,
  signal: AbortSignal,
  onChanged: () => void,
): AsyncGenerator<Uint8Array> {
  let at = start;
  let chunk = FIRST_CHUNK;
  while (at < end) {
    signal.throwIfAborted();
    const buffer = takeChunk(Math.min(chunk, end - at));
    const { bytesRead } = await handle.read(buffer, 0, buffer.length, at);
    // Any change since the file was hashed shows in the stamp after the read, so one look a read is enough.
    await assertUnchanged(handle, stamp).catch(thrown => {
      onChanged();
      throw thrown;
    });
    if (bytesRead === 0) throw new LsdError('not-found', 'The file ended early; it will be hashed again.');
    yield bytesRead === buffer.length ? buffer : buffer.subarray(0, bytesRead);
    at += bytesRead;
    chunk = CHUNK;
  }
}
