/** Waiting, as a dependency: tests turn the hands themselves; and what fails after a wait is no end of the daemon. */

export interface Timers {
  /** Runs `work` once after `ms`; the way to call it off is returned. */
  after(ms: number, work: () => void): () => void;
}

/** setTimeout takes no longer time than this (24.8 days). */
const MAX_MS = 2 ** 31 - 1;

/** `onFault` is told what work threw: nobody waits for it, and a full disk is no reason to end what others are fetching. */
export function createTimers(onFault: (thrown: unknown) => void): Timers {
  return {
    after(ms, work) {
      const timer = setTimeout(
        () => {
          try {
            work();
          } catch (thrown) {
            onFault(thrown);
          }
        },
        Math.min(ms, MAX_MS),
      );
      return () => clearTimeout(timer);
    },
  };
}

/** Resolves after `ms`, or when `signal` aborts. */
export function pause(timers: Timers, ms: number, signal: AbortSignal): Promise<void> {
  return new Promise(resolve => {
    if (signal.aborted) return resolve();
    const done = () => {
      cancel();
      signal.removeEventListener('abort', done);
      resolve();
    };
    const cancel = timers.after(ms, done);
    signal.addEventListener('abort', done, { once: true });
  });
}
