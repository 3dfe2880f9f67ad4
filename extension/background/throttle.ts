/** Lets each kind of news through at most 4 times a second; the last state always comes. */

const EVENT_GAP_MS = 250;

export interface Throttle<T> {
  send(key: string, value: T): void;
}

export function createThrottle<T>(
  deliver: (value: T) => void,
  later: (run: () => void, ms: number) => void,
): Throttle<T> {
  /** keys that were delivered just now, with the newest value that came since, if any */
  const resting = new Map<string, T[]>();

  function pass(key: string, value: T): void {
    resting.set(key, []);
    deliver(value);
    later(() => wake(key), EVENT_GAP_MS);
  }

  function wake(key: string): void {
    const newest = resting.get(key) ?? [];
    resting.delete(key);
    for (const value of newest) pass(key, value);
  }

  return {
    send(key, value) {
      if (resting.has(key)) resting.set(key, [value]);
      else pass(key, value);
    },
  };
}
