/** So many at once, the others in turn. */

export interface Turnstile {
  /** Resolves when it is this one's turn, to the way to end it. Throws the signal's reason. */
  enter(signal: AbortSignal): Promise<() => void>;
  /** More may be let in now. */
  review(): void;
}

/** `most`: how many at once, at this moment */
export function createTurnstile(most: () => number): Turnstile {
  const waiting = new Set<() => void>();
  let inside = 0;

  function review(): void {
    for (const go of waiting) {
      if (inside >= most()) return;
      waiting.delete(go);
      inside++;
      go();
    }
  }
  function leave(): void {
    inside--;
    review();
  }

  return {
    review,
    enter(signal) {
      return new Promise((resolve, reject) => {
        signal.throwIfAborted();
        const abort = () => {
          waiting.delete(go);
          reject(signal.reason);
        };
        const go = () => {
          signal.removeEventListener('abort', abort);
          resolve(leave);
        };
        signal.addEventListener('abort', abort, { once: true });
        waiting.add(go);
        review();
      });
    },
  };
}
