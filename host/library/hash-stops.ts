/** How a file that is being read is given up: each has a word in memory that all workers see. */

export interface HashStops<T> {
  /** 1 where the file is given up */
  readonly words: Int32Array<SharedArrayBuffer>;
  /** The index of a word for it, until it is let go. */
  take(task: T): number;
  give(task: T): void;
  /** False where it has no word. */
  stop(task: T): boolean;
  isStopped(task: T): boolean;
}

/** `count`: how many have a word at once, at most. */
export function createHashStops<T>(count: number): HashStops<T> {
  const words = new Int32Array(new SharedArrayBuffer(4 * count));
  const free = Array.from(words.keys());
  const taken = new Map<T, number>();
  return {
    words,
    take(task) {
      const at = free.pop()!;
      Atomics.store(words, at, 0);
      taken.set(task, at);
      return at;
    },
    give(task) {
      const at = taken.get(task);
      if (at === undefined) return;
      taken.delete(task);
      free.push(at);
    },
    stop(task) {
      const at = taken.get(task);
      if (at !== undefined) Atomics.store(words, at, 1);
      return at !== undefined;
    },
    isStopped(task) {
      const at = taken.get(task);
      return at !== undefined && Atomics.load(words, at) !== 0;
    },
  };
}
