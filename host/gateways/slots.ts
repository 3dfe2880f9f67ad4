/** So many at a time, the others in their order: a file that is open is a handle, and the system has only so many. */

export interface Slots {
  /** Resolves when one is free; who takes it releases it. */
  take(): Promise<void>;
  release(): void;
  /** all are taken */
  readonly full: boolean;
  /** somebody waits for one */
  readonly wanted: boolean;
}

export function createSlots(count: number): Slots {
  const waiting: (() => void)[] = [];
  let free = count;
  return {
    async take() {
      if (free > 0) free--;
      else await new Promise<void>(resolve => waiting.push(resolve));
    },
    release() {
      const next = waiting.shift();
      if (next) next();
      else free++;
    },
    get full() {
      return free === 0;
    },
    get wanted() {
      return waiting.length > 0;
    },
  };
}
