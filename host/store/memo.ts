/** Answers that are costly for a big catalogue are kept while nothing was written, and, while much is, a little longer. */

import type { Database } from './database.ts';
import { createVersion } from './version.ts';

/** ms; a cheaper answer is never a stale one */
const COSTLY_MS = 50;
/** A costly answer takes at most one part in so many of the thread's time. */
const SHARE = 20;

interface Kept<T> {
  value: T;
  version: number;
  costMs: number;
  at: number;
}

export function createMemo<T>(database: Database, compute: (key: string) => T): (key: string) => T {
  const version = createVersion(database);
  const kept = new Map<string, Kept<T>>();
  return key => {
    const current = version();
    const before = kept.get(key);
    if (before?.version === current) return before.value;
    const start = performance.now();
    if (before && before.costMs > COSTLY_MS && start - before.at < before.costMs * SHARE) return before.value;
    const value = compute(key);
    const at = performance.now();
    kept.set(key, { value, version: current, costMs: at - start, at });
    return value;
  };
}
