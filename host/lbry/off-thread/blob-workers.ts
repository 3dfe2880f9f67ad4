/** The threads that encrypt, hash and open blobs, one a core: started when there is work, ended when there is none. */

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { LsdError } from '../../../shared/errors.ts';
import { type BlobHash, hashOf, unopened } from '../blob.ts';
import { shortened } from '../stream/fill.ts';
import type { BlobJob, BlobReply, MakeJob, OpenJob, WorkedBlob } from './job.ts';

const ENTRY = new URL('../../workers/blob.ts', import.meta.url);
/** Workers that had nothing to do for so long are ended: each takes some 10 MB. */
const IDLE_MS = 10_000;
/** What a worker has at once: what comes next waits in it, so that it need not wait for us. */
const AT_WORKER = 2;
/** Bytes that are hashed before a thread would hear of it. */
const SMALL = 16 * 1024;

/** Each does one thing after the other, in the order in which it was asked. What the system refuses is thrown as its error. */
export interface BlobWorkers extends AsyncDisposable {
  /** How many work at once. */
  readonly count: number;
  /** Somebody will ask soon: a thread is there then. */
  wake(): void;
  /** Throws `not-found` where the file is shorter. */
  make(job: MakeJob): Promise<WorkedBlob>;
  /** `bytes` are its own, all of their buffer; the caller has them again in what it resolves to. */
  hash(bytes: Uint8Array<ArrayBuffer>): Promise<{ hash: BlobHash; bytes: Uint8Array<ArrayBuffer> }>;
  /**
   * Writes what is in the blob, whose bytes are gone for the caller, and resolves to how many bytes that is. Throws `invalid`
   * where the key does not open it.
   */
  open(job: OpenJob): Promise<number>;
}

export interface BlobWorkersOptions {
  /** one a core */
  count?: number;
  idleMs?: number;
  /** what each runs */
  entry?: URL;
}

interface Task {
  job: BlobJob;
  resolve(reply: BlobReply): void;
  reject(thrown: Error): void;
}

export function createBlobWorkers(options: BlobWorkersOptions = {}): BlobWorkers {
  const { count = availableParallelism(), idleMs = IDLE_MS, entry = ENTRY } = options;
  /** Each with what it has to do. */
  const workers = new Map<Worker, Task[]>();
  const queue: Task[] = [];
  let resting: NodeJS.Timeout | undefined;
  let isClosed = false;

  function start(): Worker {
    // Buffers lie outside of the heap; what a job makes in it is little and short-lived.
    const worker = new Worker(entry, { execArgv: [], resourceLimits: { maxYoungGenerationSizeMb: 4 } });
    worker.on('message', (reply: BlobReply) => answer(worker, reply));
    worker.on('error', cause => bury(worker, cause));
    worker.once('exit', () => bury(worker));
    worker.unref();
    workers.set(worker, []);
    return worker;
  }

  function answer(worker: Worker, reply: BlobReply): void {
    const tasks = workers.get(worker) ?? [];
    const task = tasks.shift();
    if (tasks.length === 0) worker.unref();
    task?.resolve(reply);
    dispatch();
  }

  /** The next job starts another. */
  function bury(worker: Worker, cause?: unknown): void {
    const tasks = workers.get(worker) ?? [];
    workers.delete(worker);
    const reason = isClosed
      ? ended()
      : new LsdError('internal', 'A thread ended while it worked on a blob.', { cause });
    for (const task of tasks) task.reject(reason);
    dispatch();
  }

  function dispatch(): void {
    clearTimeout(resting);
    while (!isClosed && queue.length > 0) {
      const worker = freeWorker();
      if (!worker) return;
      const task = queue.shift()!;
      workers.get(worker)?.push(task);
      worker.ref();
      worker.postMessage(task.job, 'bytes' in task.job ? [task.job.bytes.buffer] : []);
    }
    const isBusy = [...workers.values()].some(tasks => tasks.length > 0);
    if (!isBusy) resting = setTimeout(endIdle, idleMs).unref();
  }

  function freeWorker(): Worker | undefined {
    const [least] = [...workers].sort(([, a], [, b]) => a.length - b.length);
    const [worker, tasks] = least ?? [];
    if (tasks?.length !== 0 && workers.size < count) return start();
    return tasks && tasks.length < AT_WORKER ? worker : undefined;
  }

  function endIdle(): void {
    for (const worker of workers.keys()) void worker.terminate();
    workers.clear();
  }

  function run(job: BlobJob): Promise<BlobReply> {
    return new Promise((resolve, reject) => {
      if (isClosed) throw ended();
      queue.push({ job, resolve, reject });
      dispatch();
    });
  }

  return {
    count,
    wake() {
      if (isClosed || workers.size > 0) return;
      start();
      dispatch();
    },
    async make(job) {
      const reply = await run({ kind: 'make', ...job });
      if (reply.kind === 'made') return reply;
      throw failureOf(reply);
    },
    async hash(bytes) {
      if (bytes.length <= SMALL) return { hash: hashOf(bytes), bytes };
      const reply = await run({ kind: 'hash', bytes });
      if (reply.kind === 'hashed') return reply;
      throw failureOf(reply);
    },
    async open(job) {
      const reply = await run({ kind: 'open', ...job });
      if (reply.kind === 'opened') return reply.length;
      throw failureOf(reply);
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      clearTimeout(resting);
      for (const task of queue.splice(0)) task.reject(ended());
      await Promise.all([...workers.keys()].map(worker => worker.terminate()));
    },
  };
}

function failureOf(reply: BlobReply): Error {
  if (reply.kind === 'short') return shortened();
  if (reply.kind === 'unopened') return unopened();
  if (reply.kind === 'failed') return Object.assign(new Error(reply.message), { code: reply.code });
  return new LsdError('internal', 'A thread answered what it was not asked.');
}

function ended(): LsdError {
  return new LsdError('aborted', 'LBRY is switched off.');
}
