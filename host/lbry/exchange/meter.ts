/** Bytes a second, over the last few seconds. */

const SPAN_S = 5;

export interface Meter {
  add(bytes: number): void;
  /** bytes a second */
  rate(): number;
}

/** `now`: ms */
export function createMeter(now: () => number): Meter {
  const seconds = new Map<number, number>();
  const current = () => Math.floor(now() / 1000);
  function forget(): void {
    for (const second of seconds.keys()) if (second < current() - SPAN_S) seconds.delete(second);
  }
  return {
    add(bytes) {
      forget();
      seconds.set(current(), (seconds.get(current()) ?? 0) + bytes);
    },
    rate() {
      forget();
      let sum = 0;
      for (const bytes of seconds.values()) sum += bytes;
      return sum / SPAN_S;
    },
  };
}
