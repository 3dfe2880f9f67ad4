/** An open file that is still the one that was hashed: each read is checked before a byte of it is given out. */

import { type BigIntStats, fstat, fstatSync, readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { LsdError } from '../../shared/errors.ts';
import type { FileStamp } from '../core/ports.ts';
import { changedError, stampMatcher } from '../platform/files.ts';
import { createQuickness, readAt } from '../platform/quick-reads.ts';

/** More is read by another thread, while this one writes what was read before. */
const MOST_HERE = 65_536;
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

function look(fd: number): Promise<BigIntStats> {
  return new Promise((resolve, reject) => {
    fstat(fd, { bigint: true }, (error, stats) => (error ? reject(error) : resolve(stats)));
  });
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
