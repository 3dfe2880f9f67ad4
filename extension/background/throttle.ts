/** Lets each kind of news through at most 4 times a second; the last state always comes. */

export const EVENT_GAP_MS = 250;

export interface Throttle<T> {
  send(key: string, value: T): void;
}

export function createThrottle<T>(
  deliver: (value: T) => void,
  later: (run: () => void, ms: number) => void,
): Throttle<T> {
  /** keys that were delivered just now, with the newest value that came since */
  const resting = new Map<string, { next?: T }>();

  function pass(key: string, value: T): void {
    resting.set(key, {});
    deliver(value);
    later(() => wake(key), EVENT_GAP_MS);
  }

  function wake(key: string): void {
    const rest = resting.get(key);
    resting.delete(key);
    if (rest && 'next' in rest) pass(key, rest.next as T);
  }

  return {
    send(key, value) {
      const rest = resting.get(key);
      if (rest) rest.next = value;
      else pass(key, value);
    },
  };
}
