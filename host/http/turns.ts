/**
 * What many readers want of this thread is done in short turns, each in its order. Between two turns the event loop takes in
 * one connection that waits, and no more (libuv), so without them new readers would wait until all others had their bytes.
 */

/** Many ranges, or a chunk of a long answer. */
const TURN_MS = 1;

export interface Turns {
  /** Does the work in this turn of the event loop or one of the next. It must not throw. */
  add(work: () => void): void;
  /** Resolves when it is the caller's turn. */
  next(): Promise<void>;
  /** A connection came, and more may wait: the next turn is as short as can be. */
  hasCome(): void;
}

export function createTurns(): Turns {
  const queue: (() => void)[] = [];
  let isSet = false;
  let come = false;

  function turn(): void {
    const end = come ? 0 : performance.now() + TURN_MS;
    come = false;
    do queue.shift()?.();
    while (queue.length > 0 && performance.now() < end);
    isSet = queue.length > 0;
    if (isSet) setImmediate(turn);
  }

  function add(work: () => void): void {
    queue.push(work);
    if (!isSet) setImmediate(turn);
    isSet = true;
  }

  return {
    add,
    next: () => new Promise(resolve => add(resolve)),
    hasCome() {
      come = true;
    },
  };
}
