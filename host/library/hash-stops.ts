/** How a file that is being hashed is given up: each has a word in memory that all workers see. */

import { LsdError } from '../../shared/errors.ts';

/** files that are asked for at once */
const MAX_FILES = 8192;

export interface HashStops {
  /** 1 where the file is given up */
  readonly words: Int32Array<SharedArrayBuffer>;
  /** The index of a word, which the signal sets to 1 when it aborts. Throws where too many files are asked for. */
  take(signal: AbortSignal): number;
  give(signal: AbortSignal, at: number): void;
  stop(at: number): void;
}

export function createHashStops(): HashStops {
  const words = new Int32Array(new SharedArrayBuffer(4 * MAX_FILES));
  const free = Array.from(words.keys());
  const bySignal = new WeakMap<AbortSignal, Set<number>>();
  const stop = (at: number) => void Atomics.store(words, at, 1);

  /** One listener, however many files of a scan share the signal. */
  function stoppedBy(signal: AbortSignal): Set<number> {
    const known = bySignal.get(signal);
    if (known) return known;
    const made = new Set<number>();
    bySignal.set(signal, made);
    signal.addEventListener('abort', () => made.forEach(stop), { once: true });
    return made;
  }

  return {
    words,
    stop,
    take(signal) {
      const at = free.pop();
      if (at === undefined) throw new LsdError('rate-limited', 'Too many files are being hashed at once.');
      Atomics.store(words, at, 0);
      stoppedBy(signal).add(at);
      return at;
    },
    give(signal, at) {
      bySignal.get(signal)?.delete(at);
      free.push(at);
    },
  };
}
