/** The bytes of a held file, read in place: never copied, never opened for writing, never given out once it changed. */

import { fstat, read } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { LsdError } from '../../shared/errors.ts';
import type { ByteRange, Content } from '../core/content.ts';
import type { FileStamp } from '../core/ports.ts';
import { giveBackChunk, joinReaders, takeChunk } from '../platform/chunks.ts';
import { assertUnchanged, changedError, openForReading, stampMatcher } from '../platform/files.ts';

/** The first chunk is short, for an early first byte. */
const FIRST_CHUNK = 256 * 1024;

export interface HeldPath {
  path: string;
  stamp: FileStamp;
  extension: string;
}

/** What is known of the file beside its stamp. */
export interface Watch {
  /** a read finds another file */
  onChanged(): void;
  /** its bytes are wrong, and the stamp does not tell */
  isRotten(): boolean;
}

/** Opens the file if it is still the one that was hashed, else throws. */
export async function openHeld(held: HeldPath, watch: Watch): Promise<Content> {
  const handle = await openForReading(held.path);
  try {
    await assertUnchanged(handle, held.stamp);
  } catch (thrown) {
    await handle.close();
    throw thrown;
  }
  const file = createVerifiedFile(handle, held.stamp, watch);
  return {
    size: held.stamp.size,
    extension: held.extension,
    verified: true,
    read: (range, signal) => ({ [Symbol.asyncIterator]: () => chunksOf(file, range, signal) }),
    [Symbol.asyncDispose]: () => file.close(),
  };
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

interface VerifiedFile {
  /** Fills the chunk from `position`, as far as the file goes; throws `not-found` when the file is another than before. */
  read(chunk: Uint8Array<ArrayBuffer>, position: number): Promise<Uint8Array>;
  /** Resolves when the reads that are under way have ended. */
  close(): Promise<void>;
}

/** Reads by callback on the descriptor: promises of the file handle take several times as long. */
function createVerifiedFile(handle: FileHandle, stamp: FileStamp, watch: Watch): VerifiedFile {
  const { fd } = handle;
  const matches = stampMatcher(stamp);
  let underWay = 0;
  const idle = Promise.withResolvers<void>();
  let closing = false;
  const check = joined(
    () =>
      new Promise((resolve, reject) => {
        fstat(fd, { bigint: true }, (error, stats) => {
          if (error) return reject(error);
          if (matches(stats)) return resolve();
          watch.onChanged();
          reject(changedError());
        });
      }),
  );
  const readAt = (chunk: Uint8Array, position: number) =>
    new Promise<number>((resolve, reject) => {
      read(fd, chunk, 0, chunk.length, position, (error, bytes) => (error ? reject(error) : resolve(bytes)));
    });

  return {
    async read(chunk, position) {
      if (closing) throw new LsdError('aborted', 'The file is closed.');
      underWay++;
      try {
        const bytes = await readAt(chunk, position);
        // Any change since the file was hashed shows in the stamp after the read, so one look a read is enough.
        await check();
        if (watch.isRotten()) throw rottenError();
        if (bytes === 0) throw new LsdError('not-found', 'The file ended early; it will be hashed again.');
        return bytes === chunk.length ? chunk : chunk.subarray(0, bytes);
      } finally {
        if (--underWay === 0 && closing) idle.resolve();
      }
    },
    async close() {
      closing = true;
      // The number of the descriptor may be another file's as soon as it is closed.
      if (underWay > 0) await idle.promise;
      await handle.close();
    },
  };
}

function rottenError(): LsdError {
  return new LsdError('not-found', 'The bytes of the file changed on the disk; nothing of it is given out.');
}

/** One look that begins after several reads ended answers for all of them. */
function joined(look: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  let next: Promise<void> | undefined;
  function begin(): Promise<void> {
    const begun = look().finally(() => {
      if (running === begun) running = undefined;
    });
    running = begun;
    return begun;
  }
  return () => {
    if (!running) return begin();
    next ??= running
      .catch(() => {})
      .then(() => {
        next = undefined;
        return begin();
      });
    return next;
  };
}
