/** What tells of changes in a root: the system's watcher, a regular look at everything, and a look whether it is there. */

import type { AsyncSubscription } from '@parcel/watcher';
import type { Events } from '../core/events.ts';
import type { Log } from '../core/ports.ts';
import { createCoalescer } from './coalesce.ts';
import { liesIn } from './folders.ts';
import { IGNORE_FILE } from './ignore.ts';
import { lookAt } from './missing.ts';
import type { Root } from './roots.ts';

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
    let subscription: AsyncSubscription | undefined;
    let timer: NodeJS.Timeout;
    let presence = await presenceOf(deps.foldersIn(path));

    async function subscribe(): Promise<void> {
      await subscription?.unsubscribe().catch(() => {});
      subscription = undefined;
      try {
        const opened = await open(path, deps.home, coalescer.add, failed);
        if (signal.aborted) await opened.unsubscribe();
        else subscription = opened;
      } catch (thrown) {
        log.warn('a folder cannot be watched; it is looked at regularly instead', { error: String(thrown) });
      }
      rescanLater();
    }

    function failed(thrown: Error): void {
      log.warn('the watcher of a folder failed', { error: String(thrown) });
      look([path]);
      void subscribe();
    }

    function rescanLater(): void {
      clearTimeout(timer);
      if (signal.aborted) return;
      timer = setTimeout(
        () => {
          if (!deps.isLooking(path)) look([path]);
          if (subscription) rescanLater();
          else void subscribe();
        },
        subscription ? deps.rescanMs : deps.unwatchedMs,
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
        subscription?.unsubscribe().catch(() => {});
      },
      { once: true },
    );
    await subscribe();
  };
}

async function open(
  root: string,
  home: string,
  onPath: (path: string) => void,
  onFailure: (thrown: Error) => void,
): Promise<AsyncSubscription> {
  // Loaded here, so that a platform without the native watcher still has a library.
  const watcher = await import('@parcel/watcher');
  return watcher.subscribe(
    root,
    (thrown, changes) => {
      if (thrown) return onFailure(thrown);
      for (const { path } of changes) onPath(whatToLookAt(path));
    },
    { ignore: [home] },
  );
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
