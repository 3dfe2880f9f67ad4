/** The pool of hash workers, one a core: which worker reads which file, and what happens when one dies. */

import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { LsdError } from '../../shared/errors.ts';
import { parseId } from '../../shared/id.ts';
import { type HashedFile, type Hasher, type HashOptions, type Log, type Pace, unchanged } from '../core/ports.ts';
import { setThreadPriority } from '../platform/priority.ts';
import { changed, ended, failureOf, unreadable } from './hash-failures.ts';
import type { HashAnswer, HashJob, HashPart, HashReply, HashResult, HashShared } from './hash-job.ts';
import { createHashQueue, type Waiting } from './hash-queue.ts';
import { createHashStops } from './hash-stops.ts';
import { createTurns, setRate } from './turns.ts';

const ENTRY = new URL('../workers/hash.ts', import.meta.url);
/** bytes; from here on a file has a worker for itself */
const BIG = 8 * 1024 * 1024;
/**
 * bytes; from here on it has two: one for its id, one for its pieces, so that the last file of a scan keeps two cores busy
 * and a disk with a head reads one file at a time.
 */
const HUGE = 64 * 1024 * 1024;
/** groups that a worker has at once, so that it need not wait for us */
const GROUPS = 2;
/** Workers that had nothing to do for so long are ended: each takes some 10 MB. */
const IDLE_MS = 10_000;
/** bytes a second at which files are only read to see whether they are still right */
const VERIFY_RATE = 16 * 1024 * 1024;

interface Task extends Waiting {
  path: string;
  part: HashPart;
  sha256: boolean;
  /** the index of the word that gives it up */
  stop: number;
  /** A worker died while it had it. */
  isSuspect: boolean;
  onProgress(bytes: number): void;
  resolve(result: HashResult): void;
  reject(thrown: Error): void;
}

interface Slot {
  worker: Worker | undefined;
  /** the system's number of its thread, once it said so */
  thread: number | null;
  /** its thread may not be raised to the priority that holds now */
  outlived: boolean;
  tasks: Map<number, Task>;
  /** messages with tasks that were not answered yet */
  groups: number;
}

export interface HasherDeps {
  log: Log;
  /** one a core */
  workers?: number;
  /** what each worker runs */
  entry?: URL;
}

/** At full speed and with low priority, until another pace is set. */
export function createHasher({ workers = availableParallelism(), log, entry = ENTRY }: HasherDeps): Hasher {
  const slots: Slot[] = Array.from({ length: workers }, emptySlot);
  const queue = createHashQueue<Task>();
  const stops = createHashStops();
  const turns = { now: null, scan: createTurns(), verify: createTurns() };
  setRate(turns.verify, VERIFY_RATE);
  let priority: Pace['priority'] = 'low';
  let idle: NodeJS.Timeout | undefined;
  let nextJob = 1;
  let closed = false;

  function start(slot: Slot): Worker {
    // Buffers lie outside of the heap; what a job makes in it is little and short-lived.
    const worker = new Worker(entry, {
      workerData: { stops: stops.words, turns } satisfies HashShared,
      resourceLimits: { maxYoungGenerationSizeMb: 4 },
    });
    slot.worker = worker;
    worker.on('message', (reply: HashReply) => receive(slot, reply));
    worker.on('error', thrown => log.error('hash worker failed', { error: String(thrown) }));
    worker.once('exit', () => buried(slot, worker));
    worker.unref();
    return worker;
  }

  function receive(slot: Slot, reply: HashReply): void {
    if (reply.kind === 'started') {
      slot.thread = reply.thread;
      prioritize(slot);
    } else if (reply.kind === 'progress') {
      slot.tasks.get(reply.job)?.onProgress(reply.bytes);
    } else {
      slot.groups--;
      for (const each of reply.answers) end(slot, each);
      if (slot.tasks.size === 0) rest(slot);
      dispatch();
    }
  }

  function end(slot: Slot, answer: HashAnswer): void {
    const task = slot.tasks.get(answer.job);
    slot.tasks.delete(answer.job);
    if (answer.kind === 'done') task?.resolve(answer.result);
    else task?.reject(failureOf(answer));
  }

  function prioritize(slot: Slot): void {
    if (slot.thread === null) return;
    slot.outlived = !setThreadPriority(slot.thread, priority);
    if (slot.outlived && slot.tasks.size === 0) bury(slot);
  }

  function rest(slot: Slot): void {
    slot.worker?.unref();
    if (slot.outlived) bury(slot);
    endIdleLater();
  }

  function endIdleLater(): void {
    clearTimeout(idle);
    idle = setTimeout(() => {
      for (const slot of slots) if (slot.tasks.size === 0) bury(slot);
    }, IDLE_MS).unref();
  }

  /** Ends a worker that has nothing to do; the next task starts another. */
  function bury(slot: Slot): void {
    const { worker } = slot;
    Object.assign(slot, emptySlot());
    void worker?.terminate();
  }

  /** What a dead worker had is tried once more, each by itself; a file that kills two workers is given up. */
  function buried(slot: Slot, worker: Worker): void {
    if (slot.worker !== worker) return;
    const had = [...slot.tasks.values()];
    Object.assign(slot, emptySlot());
    const again = had.filter(task => !closed && !task.isSuspect);
    for (const task of had) {
      if (again.includes(task)) Object.assign(task, { alone: true, isSuspect: true });
      else task.reject(new LsdError('internal', 'A hash worker ended while it read a file.'));
    }
    queue.back(again);
    dispatch();
  }

  function dispatch(): void {
    while (!closed && queue.first) {
      const slot = freeSlot(slots, queue.first);
      if (!slot) return;
      const worker = slot.worker ?? start(slot);
      worker.ref();
      slot.groups++;
      const jobs = queue.takeTogether().map((task): HashJob => {
        const job = nextJob++;
        slot.tasks.set(job, task);
        const { path, part, sha256, stop, urgency } = task;
        return { job, path, part, sha256, urgency, stop };
      });
      worker.postMessage(jobs);
    }
  }

  function run(
    file: Pick<Task, 'path' | 'size' | 'alone' | 'stop'>,
    part: HashPart,
    options: HashOptions,
  ): Promise<HashResult> {
    return new Promise((resolve, reject) => {
      const { sha256 = false, urgency = 'now', onProgress = () => {} } = options;
      if (closed) {
        reject(ended());
        return;
      }
      queue.add({ ...file, part, sha256, urgency, isSuspect: false, onProgress, resolve, reject });
      dispatch();
    });
  }

  async function inHalves(file: Parameters<typeof run>[0], options: HashOptions): Promise<HashResult> {
    const { urgency = 'now' } = options;
    const halves = [run(file, 'id', options), run(file, 'pieces', { urgency })] as const;
    try {
      const [id, { pieces, stamp }] = await Promise.all(halves);
      if (!unchanged(id.stamp, stamp)) throw changed();
      return { ...id, pieces };
    } catch (thrown) {
      stops.stop(file.stop);
      await Promise.allSettled(halves);
      throw thrown;
    }
  }

  return {
    async hashFile(path, signal, options = {}) {
      signal.throwIfAborted();
      if (closed) throw ended();
      const stop = stops.take(signal);
      try {
        const size = options.size ?? (await sizeOf(path));
        const file = { path, size, alone: size >= BIG, stop };
        const halved = size >= HUGE && workers > 1;
        return hashedFile(await (halved ? inHalves(file, options) : run(file, 'both', options)));
      } finally {
        stops.give(signal, stop);
      }
    },
    warmUp() {
      if (closed) return;
      for (const slot of slots) if (!slot.worker) start(slot);
      endIdleLater();
    },
    setPace(pace) {
      setRate(turns.scan, pace.rate);
      setRate(turns.verify, Math.min(pace.rate ?? VERIFY_RATE, VERIFY_RATE));
      if (pace.priority === priority) return;
      priority = pace.priority;
      for (const slot of slots) prioritize(slot);
    },
    async close() {
      closed = true;
      clearTimeout(idle);
      for (const task of queue.takeAll()) task.reject(ended());
      for (const slot of slots) for (const task of slot.tasks.values()) stops.stop(task.stop);
      await Promise.all(slots.map(slot => slot.worker?.terminate()));
    },
  };
}

function emptySlot(): Slot {
  return { worker: undefined, thread: null, outlived: false, tasks: new Map(), groups: 0 };
}

/** The worker for a task: an idle one, or for a small file the least busy of those that read small files. */
function freeSlot(slots: readonly Slot[], task: Task): Slot | undefined {
  const open = slots.filter(
    ({ tasks, groups }) =>
      tasks.size === 0 || (!task.alone && groups < GROUPS && [...tasks.values()].every(other => !other.alone)),
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

function hashedFile(result: HashResult): HashedFile {
  const id = parseId(result.id);
  if (!id) throw new LsdError('internal', 'A hash worker answered without an id.');
  return { ...result, id };
}
