/**
 * Tells of changes in a tree by one watch for each directory (inotify). Nothing is held of the files: a watcher that keeps
 * each of them takes some 300 bytes a file, and does not see into a directory that came whole or was renamed.
 */

import { type FSWatcher, watch } from 'node:fs';
import { lstat, opendir } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { errnoOf, isGone } from './gone.ts';
import type { TreeWatchDeps } from './watch-tree.ts';

/** Names of a directory that are read at once. */
const NAMES = 256;

interface Directory {
  path: string;
  /** undefined: it is left */
  watcher: FSWatcher | undefined;
  inner: Map<string, Directory>;
}

/** As `watchTree`. */
export async function watchDirectories(root: string, deps: TreeWatchDeps, signal: AbortSignal): Promise<void> {
  const { leftOut, onPath } = deps;

  function enter(path: string): Directory {
    const directory: Directory = { path, watcher: undefined, inner: new Map() };
    directory.watcher = watch(path, { persistent: false }, (kind, name) => told(directory, kind, name));
    directory.watcher.on('error', failed);
    return directory;
  }

  /** It is watched before it is read, so that nothing falls in between. */
  async function fill(directory: Directory): Promise<void> {
    for await (const entry of await opendir(directory.path, { bufferSize: NAMES })) {
      if (!directory.watcher) return;
      if (entry.isDirectory()) await take(directory, entry.name);
    }
  }

  async function take(parent: Directory, name: string): Promise<void> {
    const path = join(parent.path, name);
    drop(parent, name);
    if (path === leftOut) return;
    try {
      const directory = enter(path);
      parent.inner.set(name, directory);
      await fill(directory);
    } catch (thrown) {
      // What cannot be read is told of by whoever looks at it.
      if (!isGone(thrown) && errnoOf(thrown) !== 'EACCES') throw thrown;
    }
  }

  function drop(parent: Directory, name: string): void {
    const directory = parent.inner.get(name);
    if (!directory) return;
    parent.inner.delete(name);
    leave(directory);
  }

  function leave(directory: Directory): void {
    directory.watcher?.close();
    directory.watcher = undefined;
    for (const each of directory.inner.values()) leave(each);
  }

  function told(directory: Directory, kind: string, name: string | null): void {
    if (!directory.watcher) return;
    // What befalls itself comes with its own name.
    if (name === null || name === basename(directory.path)) onPath(directory.path);
    if (name === null) return;
    onPath(join(directory.path, name));
    if (kind === 'rename') follow(directory, name).catch(failed);
  }

  /** A name came or went; under that of a directory there may be another now. */
  async function follow(parent: Directory, name: string): Promise<void> {
    const path = join(parent.path, name);
    const isDirectory = await lstat(path).then(
      stats => stats.isDirectory(),
      () => false,
    );
    if (!parent.watcher) return;
    if (!isDirectory) {
      drop(parent, name);
      return;
    }
    await take(parent, name);
    // What was put into it before it was watched.
    onPath(path);
  }

  function failed(thrown: Error): void {
    if (!signal.aborted) deps.onFailure(thrown);
  }

  signal.throwIfAborted();
  const top = enter(root);
  signal.addEventListener('abort', () => leave(top), { once: true });
  try {
    await fill(top);
  } catch (thrown) {
    leave(top);
    throw thrown;
  }
}
