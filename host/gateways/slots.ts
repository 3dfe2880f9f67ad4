/** So many at a time, the others in their order: a file that is open is a handle, and the system has only so many. */

export interface Slots {
  /** Resolves when one is free; who takes it releases it. */
  take(): Promise<void>;
  release(): void;
  /** From now on so many at a time; those that are taken beyond are not given out again. */
  resize(most: number): void;
  readonly taken: number;
  /** how many are taken beyond what may be, were one more taken */
  readonly missing: number;
  /** somebody waits for one */
  readonly wanted: boolean;
}

export function createSlots(count: number): Slots {
  const waiting: (() => void)[] = [];
  let most = count;
  let taken = 0;
  function admit(): void {
    while (taken < most && waiting.length > 0) {
      taken++;
      waiting.shift()?.();
    }
  }
  return {
    async take() {
      if (taken < most) taken++;
      else await new Promise<void>(resolve => waiting.push(resolve));
    },
    release() {
      taken--;
      admit();
    },
    resize(now) {
      most = now;
      admit();
    },
    get taken() {
      return taken;
    },
    get missing() {
      return Math.max(0, taken + 1 - most);
    },
    get wanted() {
      return waiting.length > 0;
    },
  };
}
