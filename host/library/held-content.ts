/** The bytes of a held file, read in place: never copied, never opened for writing, never given out once it changed. */

import type { ByteRange, Content } from '../core/content.ts';
import type { FileStamp } from '../core/ports.ts';
import { giveBackChunk, joinReaders, takeChunk } from '../platform/chunks.ts';
import { isOnThisMachine } from '../platform/file-system.ts';
import { assertUnchanged, openForReading } from '../platform/files.ts';
import { createVerifiedFile, type VerifiedFile, type Watch } from './verified-file.ts';

/** The first chunk is short, for an early first byte. */
const FIRST_CHUNK = 256 * 1024;
/** As much as each of many readers may hold (platform/chunks.ts). */
const MOST_NOW = 64 * 1024;

export interface HeldPath {
  path: string;
  stamp: FileStamp;
  extension: string;
}

/** Opens the file if it is still the one that was hashed, else throws. */
export async function openHeld(held: HeldPath, watch: Watch): Promise<Content> {
  const handle = await openForReading(held.path);
  try {
    await assertUnchanged(handle, held.stamp);
    const file = createVerifiedFile(handle, held.stamp, watch, await isOnThisMachine(held.path));
    return contentOf(held, file);
  } catch (thrown) {
    await handle.close();
    throw thrown;
  }
}

function contentOf(held: HeldPath, file: VerifiedFile): Content {
  return {
    size: held.stamp.size,
    extension: held.extension,
    verified: true,
    read: (range, signal) => ({ [Symbol.asyncIterator]: () => chunksOf(file, range, signal) }),
    readNow: range => rangeNow(file, range),
    [Symbol.asyncDispose]: () => file.close(),
  };
}

/** Of what went wrong here `read` tells, which meets it too. */
function rangeNow(file: VerifiedFile, { start, end }: ByteRange): Uint8Array | undefined {
  if (end - start > MOST_NOW) return undefined;
  const chunk = takeChunk(end - start);
  try {
    const bytes = file.readNow(chunk, start);
    if (bytes?.length === end - start) return bytes;
  } catch {}
  giveBackChunk(chunk);
  return undefined;
}

/** By hand: a generator costs as much again as the read. */
function chunksOf(file: VerifiedFile, { start, end }: ByteRange, signal: AbortSignal) {
  const reader = joinReaders();
  let at = start;
  let most = FIRST_CHUNK;
  let left = false;
  function leave(): void {
    if (!left) reader.leave();
    left = true;
  }
  async function readOn(): Promise<Uint8Array> {
    signal.throwIfAborted();
    const chunk = takeChunk(Math.min(most, reader.fairLength(), end - at));
    most = Number.POSITIVE_INFINITY;
    const bytes = await file.read(chunk, at);
    at += bytes.length;
    // Nobody takes what comes after they left.
    if (left) giveBackChunk(bytes);
    return bytes;
  }
  return {
    async next(): Promise<IteratorResult<Uint8Array, undefined>> {
      if (left || at >= end) return this.return();
      try {
        return { done: false, value: await readOn() };
      } catch (thrown) {
        leave();
        throw thrown;
      }
    },
    async return(): Promise<IteratorReturnResult<undefined>> {
      leave();
      return { done: true, value: undefined };
    },
  };
}
