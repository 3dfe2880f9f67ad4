/** Waiting for something to be otherwise, by those who look at it. */

export interface Changes {
  /** It is otherwise: whoever waits looks again. */
  tell(): void;
  /** Resolves to what `look` finds, once it finds anything; throws what it throws, and the signal's reason. */
  until<T>(look: () => T | undefined, signal: AbortSignal): Promise<T>;
}

export function createChanges(): Changes {
  const waiting = new Set<() => void>();
  return {
    tell() {
      for (const again of [...waiting]) again();
    },
    until(look, signal) {
      return new Promise((resolve, reject) => {
        const end = () => {
          waiting.delete(again);
          signal.removeEventListener('abort', abort);
        };
        const abort = () => {
          end();
          reject(signal.reason);
        };
        const again = () => {
          try {
            const found = look();
            if (found === undefined) return;
            end();
            resolve(found);
          } catch (thrown) {
            end();
            reject(thrown);
          }
        };
        signal.addEventListener('abort', abort, { once: true });
        waiting.add(again);
        if (signal.aborted) abort();
        else again();
      });
    },
  };
}
