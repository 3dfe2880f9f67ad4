/** What tells of changes in a root: the system's watcher, a regular look at everything, and a look whether it is there. */

import type { Events } from '../core/events.ts';
import type { Log } from '../core/ports.ts';
import { createCoalescer } from './coalesce.ts';
import { liesIn } from './folders.ts';
import { IGNORE_FILE } from './ignore.ts';
import { lookAt } from './missing.ts';
import type { Root } from './roots.ts';
import { watchTree } from './watch-tree.ts';

export interface WatchDeps {
  events: Pick<Events, 'on'>;
  log: Log;
  /** the daemon's own folder: what happens there is no news */
  home: string;
  /** paths of the shared folders in a root, itself among them */
  foldersIn(root: string): string[];
  /** between looks at everything */
  rescanMs: number;
  /** the same where the system's watcher does not work */
  unwatchedMs: number;
  /** between looks whether the folders are there */
  presenceMs: number;
  look(paths: readonly string[]): void;
  /** a look at something in this root goes on */
  isLooking(root: string): boolean;
}

/** Watches a root until its signal ends. Resolves when changes from now on will be seen, or cannot be. */
export function createWatch(deps: WatchDeps): (root: Root) => Promise<void> {
  const { log, look } = deps;
  return async ({ path, signal }) => {
    const coalescer = createCoalescer(look);
    let watching = new AbortController();
    let timer: NodeJS.Timeout;
    let presence = await presenceOf(deps.foldersIn(path));

    async function subscribe(): Promise<void> {
      watching.abort();
      watching = new AbortController();
      const own = AbortSignal.any([signal, watching.signal]);
      let isWatched = true;
      try {
        await watchTree(path, { leftOut: deps.home, onPath: changed, onFailure: failed }, own);
      } catch (thrown) {
        isWatched = false;
        if (!own.aborted) {
          log.warn('a folder cannot be watched; it is looked at regularly instead', { error: String(thrown) });
        }
      }
      if (!own.aborted) rescanLater(isWatched);
    }

    function changed(changedPath: string): void {
      coalescer.add(whatToLookAt(changedPath));
    }

    function failed(thrown: Error): void {
      log.warn('the watcher of a folder failed', { error: String(thrown) });
      look([path]);
      void subscribe();
    }

    function rescanLater(isWatched: boolean): void {
      clearTimeout(timer);
      timer = setTimeout(
        () => {
          if (!deps.isLooking(path)) look([path]);
          if (isWatched) rescanLater(true);
          else void subscribe();
        },
        isWatched ? deps.rescanMs : deps.unwatchedMs,
      ).unref();
    }

    const present = setInterval(async () => {
      const now = await presenceOf(deps.foldersIn(path));
      if (signal.aborted || now === presence) return;
      presence = now;
      await subscribe();
      look([path]);
    }, deps.presenceMs).unref();

    // A folder that a read found missing may be back before the next look: for that look, nothing is as it was.
    const forget = deps.events.on('folder.missing', missing => {
      if (liesIn(missing.path, path)) presence = '';
    });

    signal.addEventListener(
      'abort',
      () => {
        forget();
        clearTimeout(timer);
        clearInterval(present);
        coalescer.close();
      },
      { once: true },
    );
    await subscribe();
  };
}

/** Changed rules concern the whole directory that they lie in. */
function whatToLookAt(path: string): string {
  return path.endsWith(`/${IGNORE_FILE}`) ? path.slice(0, -IGNORE_FILE.length - 1) : path;
}

/** Another text when any of the folders came, went or was replaced. */
async function presenceOf(folders: readonly string[]): Promise<string> {
  const all = await Promise.all(folders.map(lookAt));
  return all.map(presence => (presence.state === 'there' ? presence.identity : presence.state)).join(' ');
}
