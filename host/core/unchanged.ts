/** Small answers that are kept until anything is written: who reads a film asks the same thing thousands of times between. */

/** More keys than this are forgotten at once. */
const MOST = 10_000;

/** `compute`, once for each key while `version` gives the same number. */
export function whileUnchanged<T extends object | boolean | number | string>(
  version: () => number,
  compute: (key: string) => T,
): (key: string) => T {
  const kept = new Map<string, T>();
  let keptAt = Number.NaN;
  return key => {
    const now = version();
    if (now !== keptAt || kept.size >= MOST) kept.clear();
    keptAt = now;
    const before = kept.get(key);
    if (before !== undefined) return before;
    const value = compute(key);
    kept.set(key, value);
    return value;
  };
}
