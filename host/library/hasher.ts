/** The pool of hash workers, one a core: what they are given, and what happens when one dies. */

import { stat } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { LsdError } from '../../shared/errors.ts';
import { parseId } from '../../shared/id.ts';
import { type HashedFile, type Hasher, type HashOptions, type Log, type Pace, unchanged } from '../core/ports.ts';
import { setThreadPriority } from '../platform/priority.ts';
import { changed, died, ended, failureOf, stopped, unreadable } from './hash-failures.ts';
import type { HashAnswer, HashJob, HashPart, HashReply, HashResult, HashShared } from './hash-job.ts';
import { createHashQueue, TOGETHER, type Waiting } from './hash-queue.ts';
import { freeSlot, GROUPS, type Load, SPARE } from './hash-slots.ts';
import { createHashStops } from './hash-stops.ts';
import { createTurns, hasCap, setRate } from './turns.ts';

const ENTRY = new URL('../workers/hash.ts', import.meta.url);
/** bytes; from here on a file has a worker for itself */
const BIG = 8 * 1024 * 1024;
/**
 * bytes; from here on it has two: one for its id, one for its pieces, so that the last file of a scan keeps two cores busy
 * and a disk with a head reads one file at a time. Not under a cap, where they would only sleep.
 */
const HUGE = 64 * 1024 * 1024;
/** Workers that had nothing to do for so long are ended: each takes some 10 MB. */
const IDLE_MS = 10_000;
/** bytes a second at which files are only read to see whether they are still right */
const VERIFY_RATE = 16 * 1024 * 1024;

interface Task extends Waiting {
  path: string;
  part: HashPart;
  sha256: boolean;
  /** A worker died while it had it. */
  isSuspect: boolean;
  onProgress(bytes: number): void;
  done: PromiseWithResolvers<HashResult>;
}

interface Slot extends Load<Task> {
  worker: Worker | undefined;
  /** the system's number of its thread, once it said so */
  thread: number | null;
  /** its thread may not be raised to the priority that holds now */
  outlived: boolean;
  tasks: Map<number, Task>;
}

export interface HasherDeps {
  log: Log;
  /** one a core; beside those that read under a cap some more */
  workers?: number;
  /** what each worker runs */
  entry?: URL;
}

/** At full speed and with low priority, until another pace is set. */
export function createHasher({ workers = availableParallelism(), log, entry = ENTRY }: HasherDeps): Hasher {
  const slots: Slot[] = Array.from({ length: workers + SPARE }, emptySlot);
  const queue = createHashQueue<Task>();
  const stops = createHashStops<Task>(slots.length * GROUPS * TOGETHER.files);
  const bySignal = new WeakMap<AbortSignal, Set<Task>>();
  const turns = { now: null, scan: createTurns(), verify: createTurns() };
  setRate(turns.verify, VERIFY_RATE);
  const isCapped = ({ urgency }: Pick<Task, 'urgency'>) => hasCap(turns[urgency]);
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
    if (!task) return;
    slot.tasks.delete(answer.job);
    stops.give(task);
    if (answer.kind === 'done') task.done.resolve(answer.result);
    else task.done.reject(failureOf(answer));
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
    const again: Task[] = [];
    for (const task of had) {
      if (stops.isStopped(task)) task.done.reject(stopped());
      else if (task.isSuspect) task.done.reject(died());
      else again.push(Object.assign(task, { alone: true, isSuspect: true }));
      stops.give(task);
    }
    queue.back(again);
    dispatch();
  }

  function dispatch(): void {
    while (!closed && queue.first) {
      const slot = freeSlot(slots, queue.first, isCapped);
      if (!slot) return;
      const worker = slot.worker ?? start(slot);
      worker.ref();
      slot.groups++;
      const jobs = queue.takeTogether().map((task): HashJob => {
        const job = nextJob++;
        slot.tasks.set(job, task);
        const { path, part, sha256, urgency } = task;
        return { job, path, part, sha256, urgency, stop: stops.take(task) };
      });
      worker.postMessage(jobs);
    }
  }

  /** One that waits is over at once, one that is read as soon as its worker looks. */
  function giveUp(task: Task): void {
    if (!stops.stop(task) && queue.remove(task)) task.done.reject(stopped());
  }

  /** One listener, however many files of a scan share the signal. */
  function stoppedBy(signal: AbortSignal): Set<Task> {
    const known = bySignal.get(signal);
    if (known) return known;
    const made = new Set<Task>();
    bySignal.set(signal, made);
    signal.addEventListener('abort', () => made.forEach(giveUp), { once: true });
    return made;
  }

  /** What each of them found. Where one fails, or the signal says so, all are given up. */
  async function run(tasks: readonly Task[], signal: AbortSignal): Promise<HashResult[]> {
    const together = stoppedBy(signal);
    const results = tasks.map(({ done }) => done.promise);
    for (const task of tasks) {
      together.add(task);
      queue.add(task);
    }
    try {
      dispatch();
      return await Promise.all(results);
    } catch (thrown) {
      tasks.forEach(giveUp);
      await Promise.allSettled(results);
      throw thrown;
    } finally {
      for (const task of tasks) together.delete(task);
    }
  }

  return {
    async hashFile(path, signal, options = {}) {
      const size = options.size ?? (await sizeOf(path));
      signal.throwIfAborted();
      if (closed) throw ended();
      const { urgency = 'now' } = options;
      const tasks =
        size >= HUGE && workers > 1 && !isCapped({ urgency })
          ? [taskOf(path, size, 'id', options), taskOf(path, size, 'pieces', { urgency })]
          : [taskOf(path, size, 'both', options)];
      return hashedFile(await run(tasks, signal));
    },
    warmUp() {
      if (closed) return;
      for (const slot of slots.slice(0, workers)) if (!slot.worker) start(slot);
      endIdleLater();
    },
    setPace(pace) {
      setRate(turns.scan, pace.rate);
      setRate(turns.verify, Math.min(pace.rate ?? VERIFY_RATE, VERIFY_RATE));
      // Beside what is under a cap now there is room for what waits.
      dispatch();
      if (pace.priority === priority) return;
      priority = pace.priority;
      for (const slot of slots) prioritize(slot);
    },
    async close() {
      closed = true;
      clearTimeout(idle);
      for (const task of queue.takeAll()) task.done.reject(ended());
      for (const slot of slots) for (const task of slot.tasks.values()) stops.stop(task);
      await Promise.all(slots.map(slot => slot.worker?.terminate()));
    },
  };
}

function emptySlot(): Slot {
  return { worker: undefined, thread: null, outlived: false, tasks: new Map(), groups: 0 };
}

async function sizeOf(path: string): Promise<number> {
  try {
    return (await stat(path)).size;
  } catch (thrown) {
    throw unreadable(thrown);
  }
}

function taskOf(path: string, size: number, part: HashPart, options: HashOptions): Task {
  const { urgency = 'now', sha256 = false, onProgress = () => {} } = options;
  const done = Promise.withResolvers<HashResult>();
  return { path, size, part, alone: size >= BIG, urgency, sha256, isSuspect: false, onProgress, done };
}

/** Of one read, or of the halves of a file: its id, and its pieces. */
function hashedFile([first, pieces]: readonly HashResult[]): HashedFile {
  const id = parseId(first?.id);
  if (!first || !id) throw new LsdError('internal', 'A hash worker answered without an id.');
  if (!pieces) return { ...first, id };
  if (!unchanged(first.stamp, pieces.stamp)) throw changed();
  return { ...first, id, pieces: pieces.pieces };
}
