/**
 * Announces the files of folders that are open to everyone, some at a time: in rounds, between which the engine may sleep.
 * Each is awake until it was announced (wake.ts); when all went out, and how fast, is the engine's schedule's to say.
 */

import type { Id } from '../../../shared/id.ts';
import type { Events } from '../../core/events.ts';
import type { Catalogue } from '../../core/stored.ts';

/** ms from one round to the next: nodes of the DHT forget a peer after about so long */
const ROUND_MS = 30 * 60_000;
/** torrents of one round; one DHT announce costs about 40 packets */
const ROUND = 60;
/** ms from the start, or from a change of the library, to a round; and what lies between two all the same */
const SOON_MS = 30_000;
const LEAST_MS = 5 * 60_000;

export interface EveryoneAnnouncer {
  close(): void;
}

/** Where a round ended. Paths of files alone do not do: `Music 2/a` comes before `Music/a`, and the folder after it. */
interface Place {
  folder: string;
  path: string;
}

export interface EveryoneDeps {
  catalogue: Pick<Catalogue, 'folders' | 'filesUnder'>;
  events: Pick<Events, 'on'>;
  announce(id: Id): void;
}

export function announceEveryoneFolders({ catalogue, events, announce }: EveryoneDeps): EveryoneAnnouncer {
  let after: Place | undefined;
  let lastAt = Number.NEGATIVE_INFINITY;
  let next: { at: number; handle: NodeJS.Timeout } | undefined;

  /** Folder by folder, in order of path, from where the last round ended; at the end the next begins anew. */
  function* files(): Generator<Place & { id: Id }> {
    const folders = catalogue.folders().filter(each => each.everyone && each.missing === null);
    for (const { path: folder } of folders.sort((a, b) => (a.path < b.path ? -1 : 1))) {
      if (after && folder < after.folder) continue;
      const from = folder === after?.folder ? after.path : undefined;
      for (const { path, id } of catalogue.filesUnder(folder, from)) yield { folder, path, id };
    }
  }

  function round(): void {
    next = undefined;
    lastAt = performance.now();
    const some: (Place & { id: Id })[] = [];
    for (const file of files()) if (some.push(file) === ROUND) break;
    for (const { id } of some) announce(id);
    after = some.length < ROUND ? undefined : some.at(-1);
    plan(ROUND_MS);
  }

  function plan(ms: number): void {
    const at = Math.max(performance.now() + ms, lastAt + LEAST_MS);
    if (next && next.at <= at) return;
    clearTimeout(next?.handle);
    next = { at, handle: setTimeout(round, at - performance.now()).unref() };
  }

  const stop = events.on('library.changed', () => plan(SOON_MS));
  plan(SOON_MS);
  return {
    close() {
      stop();
      clearTimeout(next?.handle);
    },
  };
}
