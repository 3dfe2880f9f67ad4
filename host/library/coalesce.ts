/** Gathers changed paths until it is quiet for a moment, so that what happens at once is judged at once. */

const QUIET_MS = 250;
/** under a constant stream of changes it is passed on this often all the same */
const AT_MOST_MS = 3000;

export interface Coalescer {
  add(path: string): void;
  close(): void;
}

export function createCoalescer(pass: (paths: readonly string[]) => void): Coalescer {
  const paths = new Set<string>();
  let quiet: NodeJS.Timeout | undefined;
  let latest: NodeJS.Timeout | undefined;

  function clear(): void {
    clearTimeout(quiet);
    clearTimeout(latest);
    latest = undefined;
  }

  function flush(): void {
    clear();
    const gathered = [...paths];
    paths.clear();
    pass(gathered);
  }

  return {
    add(path) {
      paths.add(path);
      clearTimeout(quiet);
      quiet = setTimeout(flush, QUIET_MS).unref();
      latest ??= setTimeout(flush, AT_MOST_MS).unref();
    },
    close: clear,
  };
}
