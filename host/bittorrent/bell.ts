/** Wakes those who wait for something to change. */

export interface Bell {
  /** Wakes everyone who waits. */
  ring(): void;
  /** Resolves when it rings; rejects with the signal's reason. */
  heard(signal: AbortSignal): Promise<void>;
}

export function createBell(): Bell {
  const waiting = new Set<() => void>();
  return {
    ring() {
      for (const wake of [...waiting]) wake();
    },
    heard: signal =>
      new Promise((resolve, reject) => {
        const done = () => {
          waiting.delete(done);
          signal.removeEventListener('abort', done);
          if (signal.aborted) reject(signal.reason);
          else resolve();
        };
        waiting.add(done);
        signal.addEventListener('abort', done);
        if (signal.aborted) done();
      }),
  };
}
