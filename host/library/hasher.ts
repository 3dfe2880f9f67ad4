/** The pool of hash workers, one a core: which worker reads which file, and what happens when one dies. */

import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { LsdError } from '../../shared/errors.ts';
import { parseId } from '../../shared/id.ts';
import { type HashedFile, type Hasher, type HashOptions, type Log, unchanged } from '../core/ports.ts';
import { errnoOf } from './gone.ts';
import type { HashJob, HashPart, HashReply, HashResult } from './hash-job.ts';

const ENTRY = new URL('../workers/hash.ts', import.meta.url);
/** bytes; from here on a file has a worker for itself, or two: one for its id, one for its pieces */
const BIG = 8 * 1024 * 1024;
/** small files that wait in a worker, so that it need not wait for us */
const SMALL_AHEAD = 4;

interface Task {
  path: string;
  part: HashPart;
  sha256: boolean;
  big: boolean;
  background: boolean;
  stop: Int32Array<SharedArrayBuffer>;
  /** how often a worker died over it */
  deaths: number;
  onProgress(bytes: number): void;
  resolve(result: HashResult): void;
  reject(thrown: Error): void;
}

interface Slot {
  worker: Worker | undefined;
  tasks: Map<number, Task>;
}

export interface HasherDeps {
  log: Log;
  /** one a core */
  workers?: number;
  /** what each worker runs */
  entry?: URL;
}

export function createHasher({ workers = availableParallelism(), log, entry = ENTRY }: HasherDeps): Hasher {
  const slots: Slot[] = Array.from({ length: workers }, () => ({ worker: undefined, tasks: new Map() }));
  const queue: Task[] = [];
  let nextJob = 1;
  let closed = false;

  function start(slot: Slot): Worker {
    const worker = new Worker(entry);
    slot.worker = worker;
    worker.on('message', (reply: HashReply) => answer(slot, reply));
    worker.on('error', thrown => log.error('hash worker failed', { error: String(thrown) }));
    worker.once('exit', () => buried(slot, worker));
    worker.unref();
    return worker;
  }

  function answer(slot: Slot, reply: HashReply): void {
    const task = slot.tasks.get(reply.job);
    if (!task) return;
    if (reply.kind === 'progress') {
      task.onProgress(reply.bytes);
      return;
    }
    slot.tasks.delete(reply.job);
    if (slot.tasks.size === 0) slot.worker?.unref();
    if (reply.kind === 'done') task.resolve(reply.result);
    else task.reject(failureOf(reply));
    dispatch();
  }

  /** What a dead worker had is tried once more; a file that kills two workers is given up. */
  function buried(slot: Slot, worker: Worker): void {
    if (slot.worker !== worker) return;
    const waiting = [...slot.tasks.values()];
    slot.worker = undefined;
    slot.tasks.clear();
    for (const task of waiting.reverse()) {
      if (closed || task.deaths++ > 0)
        task.reject(new LsdError('internal', 'A hash worker ended while it read a file.'));
      else queue.unshift(task);
    }
    dispatch();
  }

  /** A scan fills the queue; a download that waits for its check goes before all of it. */
  function enqueue(task: Task): void {
    const place = task.background ? -1 : queue.findIndex(other => other.background);
    if (place < 0) queue.push(task);
    else queue.splice(place, 0, task);
  }

  function dispatch(): void {
    while (!closed && queue.length > 0) {
      const task = queue[0]!;
      const slot = freeSlot(slots, task);
      if (!slot) return;
      queue.shift();
      const job = nextJob++;
      slot.tasks.set(job, task);
      const worker = slot.worker ?? start(slot);
      worker.ref();
      const message: HashJob = { job, path: task.path, part: task.part, sha256: task.sha256, stop: task.stop };
      worker.postMessage(message);
    }
  }

  function run(
    path: string,
    part: HashPart,
    big: boolean,
    stop: Task['stop'],
    options: HashOptions,
  ): Promise<HashResult> {
    return new Promise((resolve, reject) => {
      const { sha256 = false, background = false, onProgress = () => {} } = options;
      if (closed) {
        reject(ended());
        return;
      }
      enqueue({ path, part, sha256, big, background, stop, deaths: 0, onProgress, resolve, reject });
      dispatch();
    });
  }

  async function hashBig(path: string, stop: Task['stop'], options: HashOptions): Promise<HashResult> {
    const idle = slots.filter(slot => slot.tasks.size === 0).length;
    const { background = false } = options;
    if (idle < 2 || queue.length > 0) return run(path, 'both', true, stop, options);
    const halves = [run(path, 'id', true, stop, options), run(path, 'pieces', true, stop, { background })] as const;
    try {
      const [id, { pieces, stamp }] = await Promise.all(halves);
      if (!unchanged(id.stamp, stamp)) throw changed();
      return { ...id, pieces };
    } catch (thrown) {
      Atomics.store(stop, 0, 1);
      await Promise.allSettled(halves);
      throw thrown;
    }
  }

  return {
    async hashFile(path, signal, options = {}) {
      signal.throwIfAborted();
      if (closed) throw ended();
      const stop = new Int32Array(new SharedArrayBuffer(4));
      const onAbort = () => Atomics.store(stop, 0, 1);
      signal.addEventListener('abort', onAbort, { once: true });
      try {
        const big = (await sizeOf(path)) >= BIG;
        return hashedFile(big ? await hashBig(path, stop, options) : await run(path, 'both', false, stop, options));
      } finally {
        signal.removeEventListener('abort', onAbort);
      }
    },
    async close() {
      closed = true;
      for (const task of queue.splice(0)) task.reject(ended());
      for (const slot of slots) for (const task of slot.tasks.values()) Atomics.store(task.stop, 0, 1);
      await Promise.all(slots.map(slot => slot.worker?.terminate()));
    },
  };
}

/** The worker for a task: an idle one, or for a small file the least busy of those that read small files. */
function freeSlot(slots: readonly Slot[], task: Task): Slot | undefined {
  const open = slots.filter(
    ({ tasks }) =>
      tasks.size === 0 || (!task.big && tasks.size < SMALL_AHEAD && [...tasks.values()].every(other => !other.big)),
  );
  return open.sort((a, b) => a.tasks.size - b.tasks.size)[0];
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (thrown) {
    throw unreadable(thrown);
  }
}

function unreadable(cause: unknown): LsdError {
  const code = errnoOf(cause);
  return new LsdError('not-found', `The file cannot be read (${code}).`, { params: { errno: code }, cause });
}

function hashedFile(result: HashResult): HashedFile {
  const id = parseId(result.id);
  if (!id) throw new LsdError('internal', 'A hash worker answered without an id.');
  return { ...result, id };
}

function ended(): LsdError {
  return new LsdError('aborted', 'Hashing has ended.');
}

function changed(): LsdError {
  return new LsdError('aborted', 'The file changed while it was read; it will be hashed again.');
}

function failureOf(reply: Extract<HashReply, { kind: 'changed' | 'stopped' | 'failed' }>): Error {
  if (reply.kind === 'changed') return changed();
  if (reply.kind === 'stopped') return new LsdError('aborted', 'Hashing was stopped.');
  const cause = Object.assign(new Error(reply.message), { code: reply.code });
  return new LsdError('not-found', `The file cannot be read (${reply.code}).`, {
    params: { errno: reply.code },
    cause,
  });
}
