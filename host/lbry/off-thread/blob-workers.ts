/** The threads that make blobs, one a core: started when there is work, ended when there is none. */

import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { LsdError } from '../../../shared/errors.ts';
import { shortened } from '../stream/fill.ts';
import type { BlobJob, BlobReply, WorkedBlob } from './job.ts';

const ENTRY = new URL('../../workers/blob.ts', import.meta.url);
/** Workers that had nothing to do for so long are ended: each takes some 10 MB. */
const IDLE_MS = 10_000;

interface Task {
  job: BlobJob;
  resolve(blob: WorkedBlob): void;
  reject(thrown: Error): void;
}

export interface BlobWorkers extends AsyncDisposable {
  /** How many work at once. */
  readonly count: number;
  /** In the order in which it is called. Throws `not-found` where the file is shorter, or cannot be read. */
  make(job: BlobJob): Promise<WorkedBlob>;
}

export interface BlobWorkersOptions {
  /** one a core */
  count?: number;
  idleMs?: number;
  /** what each runs */
  entry?: URL;
}

export function createBlobWorkers(options: BlobWorkersOptions = {}): BlobWorkers {
  const { count = availableParallelism(), idleMs = IDLE_MS, entry = ENTRY } = options;
  const idle = new Set<Worker>();
  const busy = new Map<Worker, Task>();
  const queue: Task[] = [];
  let resting: NodeJS.Timeout | undefined;
  let isClosed = false;

  function start(): Worker {
    // Buffers lie outside of the heap; what a job makes in it is little and short-lived.
    const worker = new Worker(entry, { resourceLimits: { maxYoungGenerationSizeMb: 4 } });
    worker.on('message', (reply: BlobReply) => answer(worker, reply));
    worker.on('error', cause => bury(worker, cause));
    worker.once('exit', () => bury(worker));
    return worker;
  }

  function answer(worker: Worker, reply: BlobReply): void {
    const task = busy.get(worker);
    busy.delete(worker);
    worker.unref();
    idle.add(worker);
    if (reply.kind === 'made') task?.resolve(reply.blob);
    else task?.reject(failureOf(reply));
    dispatch();
  }

  /** The next job starts another. */
  function bury(worker: Worker, cause?: unknown): void {
    const task = busy.get(worker);
    busy.delete(worker);
    idle.delete(worker);
    task?.reject(isClosed ? ended() : new LsdError('internal', 'A thread ended while it made a blob.', { cause }));
    dispatch();
  }

  function dispatch(): void {
    clearTimeout(resting);
    while (!isClosed && queue.length > 0) {
      const [worker = busy.size < count ? start() : undefined] = idle;
      if (!worker) return;
      const task = queue.shift()!;
      idle.delete(worker);
      busy.set(worker, task);
      worker.ref();
      worker.postMessage(task.job);
    }
    if (busy.size === 0) resting = setTimeout(endIdle, idleMs).unref();
  }

  function endIdle(): void {
    for (const worker of idle) void worker.terminate();
    idle.clear();
  }

  return {
    count,
    make(job) {
      return new Promise((resolve, reject) => {
        if (isClosed) throw ended();
        queue.push({ job, resolve, reject });
        dispatch();
      });
    },
    async [Symbol.asyncDispose]() {
      isClosed = true;
      clearTimeout(resting);
      for (const task of queue.splice(0)) task.reject(ended());
      await Promise.all([...idle, ...busy.keys()].map(worker => worker.terminate()));
    },
  };
}

function failureOf(reply: Exclude<BlobReply, { kind: 'made' }>): LsdError {
  if (reply.kind === 'short') return shortened();
  const { code, message } = reply;
  const cause = Object.assign(new Error(message), { code });
  return new LsdError('not-found', `The file cannot be read (${code}).`, { params: { errno: code }, cause });
}

function ended(): LsdError {
  return new LsdError('aborted', 'LBRY is switched off.');
}
