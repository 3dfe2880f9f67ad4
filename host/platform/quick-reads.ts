/** Reads of open files, and whether one will be so quick that nothing else needs to go on meanwhile. */

import { read } from 'node:fs';

/** A disk that read so lately is awake. */
const AWAKE_MS = 1_000;
/** A seek of a turning disk takes longer. */
const QUICK_MS = 5;
/** In succession: one may have waited for another program to let go of the processor. */
const SLOW_READS = 2;
/** So a turning disk holds up all else for few hundredths of the time at most. */
const SLOW_MS = 500;

/** By callback on the descriptor: promises of the file handle take several times as long. Resolves with how much was read. */
export function readAt(fd: number, chunk: Uint8Array, position: number): Promise<number> {
  return new Promise((resolve, reject) => {
    read(fd, chunk, 0, chunk.length, position, (error, bytes) => (error ? reject(error) : resolve(bytes)));
  });
}

export interface Quickness {
  /** A read that blocks this thread is likely to be over at once. */
  isLikely(): boolean;
  /** Runs such a read. */
  timed<T>(work: () => T): T;
  /** The disk gave bytes just now. */
  moved(): void;
}

/**
 * Will a read be quick? From the page cache it takes less time than another thread takes to be woken for it, but all else
 * waits while a disk moves. So only on a disk of this machine, which gave bytes of the file a moment ago, so that it does
 * not sleep; and not for a while after reads that took long.
 */
export function createQuickness(local: boolean): Quickness {
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
