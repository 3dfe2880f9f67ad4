/** How long a request waits: for ever where it does not say (`?timeout=`), in ms as timers take them. */

/** the longest time that a timer takes */
export const FOREVER_MS = 2 ** 31 - 1;

export function patienceMs(seconds: number | undefined): number {
  return seconds === undefined ? FOREVER_MS : Math.min(FOREVER_MS, seconds * 1000);
}
