/** An open file that is still the one that was hashed: each read is checked before a byte of it is given out. */

import { type BigIntStats, fstat, fstatSync, read, readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { LsdError } from '../../shared/errors.ts';
import type { FileStamp } from '../core/ports.ts';
import { changedError, stampMatcher } from '../platform/files.ts';

/** A disk that read so lately is awake. */
const AWAKE_MS = 1_000;
/** A seek of a turning disk takes longer. */
const QUICK_MS = 5;
/** In succession: one may have waited for another program to let go of the processor. */
const SLOW_READS = 2;
/** More is read by another thread, while this one writes what was read before. */
const MOST_HERE = 65_536;
/** So a turning disk holds up all else for few hundredths of the time at most. */
const SLOW_MS = 500;

/** What is known of the file beside its stamp. */
export interface Watch {
  /** a read finds another file */
  onChanged(): void;
  /** its bytes are wrong, and the stamp does not tell */
  isRotten(): boolean;
}

export interface VerifiedFile {
  /** Fills the chunk from `position`, as far as the file goes; throws `not-found` when the file is another than before. */
  read(chunk: Uint8Array<ArrayBuffer>, position: number): Promise<Uint8Array>;
  /** The same before it returns; undefined where that may take long. */
  readNow(chunk: Uint8Array<ArrayBuffer>, position: number): Uint8Array | undefined;
  /** Resolves when the reads that are under way have ended. */
  close(): Promise<void>;
}

/** `local`: the file lies on a disk of this machine. */
export function createVerifiedFile(handle: FileHandle, stamp: FileStamp, watch: Watch, local: boolean): VerifiedFile {
  const { fd } = handle;
  const matches = stampMatcher(stamp);
  const quick = createQuickness(local);
  let underWay = 0;
  const idle = Promise.withResolvers<void>();
  let closing = false;

  function judge(stats: BigIntStats): void {
    if (matches(stats)) return;
    watch.onChanged();
    throw changedError();
  }
  const check = joined(async () => judge(await look(fd)));

  // Any change since the file was hashed shows in the stamp after the read, so one look a read is enough.
  function readHere(chunk: Uint8Array, position: number): number {
    const bytes = readSync(fd, chunk, 0, chunk.length, position);
    judge(fstatSync(fd, { bigint: true }));
    return bytes;
  }
  async function readElsewhere(chunk: Uint8Array, position: number): Promise<number> {
    underWay++;
    try {
      const bytes = await readAt(fd, chunk, position);
      if (local) judge(fstatSync(fd, { bigint: true }));
      else await check();
      return bytes;
    } finally {
      if (--underWay === 0 && closing) idle.resolve();
    }
  }

  function filled(chunk: Uint8Array<ArrayBuffer>, bytes: number): Uint8Array {
    quick.moved();
    if (watch.isRotten()) throw rottenError();
    if (bytes === 0) throw new LsdError('not-found', 'The file ended early; it will be hashed again.');
    return bytes === chunk.length ? chunk : chunk.subarray(0, bytes);
  }
  function readNow(chunk: Uint8Array<ArrayBuffer>, position: number): Uint8Array | undefined {
    if (closing) throw new LsdError('aborted', 'The file is closed.');
    if (!quick.isLikely()) return undefined;
    return filled(
      chunk,
      quick.timed(() => readHere(chunk, position)),
    );
  }

  return {
    readNow,
    async read(chunk, position) {
      if (closing) throw new LsdError('aborted', 'The file is closed.');
      const here = chunk.length > MOST_HERE ? undefined : readNow(chunk, position);
      return here ?? filled(chunk, await readElsewhere(chunk, position));
    },
    async close() {
      closing = true;
      // The number of the descriptor may be another file's as soon as it is closed.
      if (underWay > 0) await idle.promise;
      await handle.close();
    },
  };
}

/** By callback on the descriptor: promises of the file handle take several times as long. */
function readAt(fd: number, chunk: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, chunk, 0, chunk.length, position, (error, bytes) => (error ? reject(error) : resolve(bytes)));
  });
}

function look(fd: number): Promise<BigIntStats> {
  return new Promise((resolve, reject) => {
    fstat(fd, { bigint: true }, (error, stats) => (error ? reject(error) : resolve(stats)));
  });
}

/**
 * Will a read be quick? From the page cache it takes less time than another thread takes to be woken for it, but all else
 * waits while a disk moves. So only on a disk of this machine, which gave bytes of the file a moment ago, so that it does
 * not sleep; and not for a while after reads that took long.
 */
function createQuickness(local: boolean) {
  let movedAt = Number.NEGATIVE_INFINITY;
  let slowUntil = Number.NEGATIVE_INFINITY;
  let slow = 0;
  return {
    isLikely() {
      if (!local) return false;
      const now = performance.now();
      return now - movedAt < AWAKE_MS && now >= slowUntil;
    },
    timed<T>(work: () => T): T {
      const start = performance.now();
      const result = work();
      const end = performance.now();
      slow = end - start > QUICK_MS ? slow + 1 : 0;
      if (slow >= SLOW_READS) slowUntil = end + SLOW_MS;
      return result;
    },
    moved() {
      movedAt = performance.now();
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
