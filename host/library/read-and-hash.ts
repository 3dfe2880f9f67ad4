/** Reads files and hashes them: the id of each, its canonical pieces, and SHA-256 on demand. Runs in a hash worker. */

import { createHash, type Hash, hash } from 'node:crypto';
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { pieceLengthOf } from '../core/canonical.ts';
import { unchanged } from '../core/ports.ts';
import { stampOf } from '../platform/files.ts';
import type { HashAnswer, HashJob, HashPart, HashReply, HashResult, HashShared } from './hash-job.ts';
import { awaitTurn } from './turns.ts';

/** One piece of most files, and small enough to stay in the processor's cache between the two hashes. */
const CHUNK = 256 * 1024;
const PROGRESS_EVERY = 16 * 1024 * 1024;
const HEAD = 256;
/** O_NONBLOCK: opening a pipe that took the file's place must not hang. */
const READ_FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

const buffer = Buffer.allocUnsafeSlow(CHUNK);

/** One after the other; they are answered together. */
export function runJobs(jobs: readonly HashJob[], shared: HashShared, reply: (message: HashReply) => void): void {
  reply({ kind: 'answers', answers: jobs.map(job => runJob(job, shared, reply)) });
}

function runJob(job: HashJob, shared: HashShared, reply: (message: HashReply) => void): HashAnswer {
  try {
    return readAndHash(job, shared, bytes => reply({ kind: 'progress', job: job.job, bytes }));
  } catch (thrown) {
    const { code = 'EIO', message } = thrown as NodeJS.ErrnoException;
    return { job: job.job, kind: 'failed', code, message };
  }
}

function readAndHash(
  { job, path, part, sha256, urgency, stop }: HashJob,
  shared: HashShared,
  onProgress: (bytes: number) => void,
): HashAnswer {
  const turns = shared.turns[urgency];
  const isStopped = () => Atomics.load(shared.stops, stop) !== 0;
  const file = openSync(path, READ_FLAGS);
  try {
    const stats = fstatSync(file, { bigint: true });
    if (!stats.isFile()) return { job, kind: 'changed' };
    const stamp = stampOf(stats);
    const digest = createDigest(part, stamp.size, sha256);
    let at = 0;
    while (at < stamp.size) {
      const chunk = Math.min(CHUNK, stamp.size - at);
      // Two workers that share a file take half of its bytes each.
      if (turns) awaitTurn(turns, part === 'both' ? chunk : chunk / 2, isStopped);
      if (isStopped()) return { job, kind: 'stopped' };
      const length = fill(file, at, chunk);
      if (length === 0) return { job, kind: 'changed' };
      digest.update(buffer.subarray(0, length), at);
      if (Math.floor((at + length) / PROGRESS_EVERY) > Math.floor(at / PROGRESS_EVERY)) onProgress(at + length);
      at += length;
    }
    const same = unchanged(stampOf(fstatSync(file, { bigint: true })), stamp);
    return same ? { job, kind: 'done', result: { ...digest.end(), stamp } } : { job, kind: 'changed' };
  } finally {
    closeSync(file);
  }
}

/** Reads `length` bytes at `at` into the buffer; fewer only where the file ends early. */
function fill(file: number, at: number, length: number): number {
  let filled = 0;
  while (filled < length) {
    const read = readSync(file, buffer, filled, length - filled, at + filled);
    if (read === 0) break;
    filled += read;
  }
  return filled;
}

interface Digest {
  /** chunks come in order; all but the last are CHUNK long, so none crosses the border of a piece */
  update(chunk: Uint8Array, at: number): void;
  end(): Omit<HashResult, 'stamp'>;
}

function createDigest(part: HashPart, size: number, sha256: boolean): Digest {
  const pieceLength = pieceLengthOf(size);
  const pieces = part === 'id' ? undefined : createPieces(size, pieceLength);
  // A file of one piece has one SHA-1, for the piece and for itself.
  const whole = part === 'pieces' || (pieces && size <= pieceLength) ? undefined : createHash('sha1');
  const more = sha256 ? createHash('sha256') : undefined;
  let head: Uint8Array = new Uint8Array();
  return {
    update(chunk, at) {
      if (at === 0) head = Uint8Array.from(chunk.subarray(0, HEAD));
      whole?.update(chunk);
      pieces?.update(chunk, at);
      more?.update(chunk);
    },
    end() {
      const list = pieces?.end() ?? new Uint8Array();
      const id = whole?.digest('hex') ?? (part === 'both' ? Buffer.from(list).toString('hex') : '');
      return { id, pieces: list, sha256: more?.digest('hex') ?? null, head };
    },
  };
}

function createPieces(size: number, pieceLength: number) {
  const list = new Uint8Array(20 * Math.ceil(size / pieceLength));
  let open: Hash | undefined;
  return {
    update(chunk: Uint8Array, at: number): void {
      const piece = Math.floor(at / pieceLength);
      const end = at + chunk.length;
      const ends = end === size || end % pieceLength === 0;
      if (ends && !open) {
        list.set(hash('sha1', chunk, 'buffer'), 20 * piece);
        return;
      }
      open ??= createHash('sha1');
      open.update(chunk);
      if (!ends) return;
      list.set(open.digest(), 20 * piece);
      open = undefined;
    },
    end: () => list,
  };
}
