/** The schedule that hash workers share, so that a cap on reading holds for all of them together. */

/** Nanoseconds (of `process.hrtime`) up to which the reading is given away; bytes a second, 0 = no cap. */
export type Turns = BigInt64Array<SharedArrayBuffer>;

const TAKEN = 0;
const RATE = 1;
const NS = 1_000_000_000n;
/** How long a worker sleeps before it looks whether it is to stop. */
const LOOK_MS = 100;

export function createTurns(): Turns {
  return new BigInt64Array(new SharedArrayBuffer(16));
}

/** bytes a second; null = no cap. Holds at once, also for the workers that wait. */
export function setRate(turns: Turns, rate: number | null): void {
  Atomics.store(turns, TAKEN, 0n);
  Atomics.store(turns, RATE, rate === null ? 0n : BigInt(Math.max(1, Math.round(rate))));
  Atomics.notify(turns, RATE);
}

/** Null: at full speed. */
export function hasCap(turns: Turns | null): boolean {
  return turns !== null && Atomics.load(turns, RATE) !== 0n;
}

/** Takes the next turn for so many bytes; returns when it begins, never before `now`. What was not used is not saved up. */
export function takeTurn(turns: Turns, bytes: number, now: bigint): bigint {
  for (;;) {
    const rate = Atomics.load(turns, RATE);
    if (rate === 0n) return now;
    const taken = Atomics.load(turns, TAKEN);
    const start = taken > now ? taken : now;
    const end = start + (BigInt(Math.ceil(bytes)) * NS) / rate;
    if (Atomics.compareExchange(turns, TAKEN, taken, end) === taken) return start;
  }
}

/** Blocks the thread until its turn for so many bytes, or until it is to stop. */
export function awaitTurn(turns: Turns, bytes: number, isStopped: () => boolean): void {
  const rate = Atomics.load(turns, RATE);
  const start = takeTurn(turns, bytes, process.hrtime.bigint());
  while (!isStopped()) {
    const ms = Number(start - process.hrtime.bigint()) / 1e6;
    if (ms <= 0 || Atomics.wait(turns, RATE, rate, Math.min(ms, LOOK_MS)) !== 'timed-out') return;
  }
}
