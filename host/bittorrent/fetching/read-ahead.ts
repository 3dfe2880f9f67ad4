/**
 * How far ahead of a reader its bytes come before all others: what it takes in some seconds. Nobody tells us a film's
 * bitrate; a player that has filled its buffer takes bytes at it, so the time that it leaves what it was given untaken is
 * what is measured. Time in which it waits for us says nothing of it.
 */

/** s of the reader's own pace */
const AHEAD_S = 20;
/** bytes: where nothing is known yet, at least, and at most */
const FIRST_AHEAD = 4 * 1024 * 1024;
const MIN_AHEAD = 1024 * 1024;
const MAX_AHEAD = 64 * 1024 * 1024;
/** ms of a reader's time that are enough to know its pace; and of which about the last count */
const KNOWN_MS = 1_000;
const MEMORY_MS = 20_000;

export interface ReadAhead {
  readonly bytes: number;
  /** It took so many bytes, and was ready for more after `ms`. */
  took(bytes: number, ms: number): void;
}

export function createReadAhead(): ReadAhead {
  let taken = { bytes: 0, ms: 0 };
  return {
    get bytes() {
      if (taken.ms < KNOWN_MS) return FIRST_AHEAD;
      return Math.min(MAX_AHEAD, Math.max(MIN_AHEAD, ((AHEAD_S * 1000) / taken.ms) * taken.bytes));
    },
    took(bytes, ms) {
      const kept = Math.exp(-ms / MEMORY_MS);
      taken = { bytes: taken.bytes * kept + bytes, ms: taken.ms * kept + ms };
    },
  };
}
