/** How long a request waits: for ever where it does not say (`?timeout=`), in ms as timers take them. */

/** the longest time that a timer takes */
export const FOREVER_MS = 2 ** 31 - 1;

/** What the work gives; after so many seconds its signal is aborted, and this throws, with what `late` makes. */
export async function within<T>(
  seconds: number | undefined,
  work: (signal: AbortSignal) => Promise<T>,
  late: () => Error,
): Promise<T> {
  const over = new AbortController();
  const { promise: tooLate, reject } = Promise.withResolvers<never>();
  const giveUp = () => {
    const why = late();
    over.abort(why);
    reject(why);
  };
  const timer = seconds === undefined ? undefined : setTimeout(giveUp, patienceMs(seconds));
  try {
    return await Promise.race([work(over.signal), tooLate]);
  } finally {
    clearTimeout(timer);
  }
}

export function patienceMs(seconds: number | undefined): number {
  return seconds === undefined ? FOREVER_MS : Math.min(FOREVER_MS, seconds * 1000);
}
