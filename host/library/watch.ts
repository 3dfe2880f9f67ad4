/** What tells of changes in a root: the system's watcher, a regular look at everything, and a look whether it is there. */

import type { Catalogue, Log } from '../core/ports.ts';
import type { Root } from './roots.ts';

export interface WatchDeps {
  catalogue: Catalogue;
  log: Log;
  home: string;
  rescanMs: number;
  presenceMs: number;
  look(path: string): void;
}

export function createWatch({ rescanMs, look }: WatchDeps): (root: Root) => void {
  return root => {
    const timer = setInterval(() => look(root.path), rescanMs).unref();
    root.signal.addEventListener('abort', () => clearInterval(timer), { once: true });
  };
}
