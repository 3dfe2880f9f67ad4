/** Tells of changes in a directory and all in it, by what the system has for it. */

import { watchDirectories } from './watch-directories.ts';

export interface TreeWatchDeps {
  /** a directory that is left out, with all in it */
  leftOut: string;
  /** Something is there, or was, and is another now; of a directory, whatever is in it may be. */
  onPath(path: string): void;
  /** not all of it is watched any longer */
  onFailure(thrown: Error): void;
}

/** Resolves when all of it is watched, until the signal ends it; rejects where that cannot be (the system's limit, say). */
export function watchTree(root: string, deps: TreeWatchDeps, signal: AbortSignal): Promise<void> {
  return process.platform === 'linux' ? watchDirectories(root, deps, signal) : watchWhole(root, deps, signal);
}

/** Elsewhere the system watches a tree as a whole. */
async function watchWhole(root: string, deps: TreeWatchDeps, signal: AbortSignal): Promise<void> {
  // Loaded here, so that a platform without the native watcher still has a library.
  const watcher = await import('@parcel/watcher');
  const subscription = await watcher.subscribe(
    root,
    (thrown, changes) => {
      if (signal.aborted) return;
      if (thrown) return deps.onFailure(thrown);
      for (const { path } of changes) deps.onPath(path);
    },
    { ignore: [deps.leftOut] },
  );
  const end = () => void subscription.unsubscribe().catch(() => {});
  if (signal.aborted) end();
  else signal.addEventListener('abort', end, { once: true });
}
