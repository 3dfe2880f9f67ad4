/**
 * Announces the files of folders that are open to everyone, one after the other, slowly: each is awake for the grace time,
 * so that no more than a few are at once. (One DHT announce costs about 40 packets; all at once would flood the line.)
 */

import type { Id } from '../../shared/id.ts';
import type { Catalogue } from '../core/ports.ts';

/** the budget: one torrent in this many ms */
const EVERY_MS = 30_000;
/** looked up at once */
const BATCH = 200;

export interface EveryoneAnnouncer {
  close(): void;
}

export function announceEveryoneFolders(deps: { catalogue: Catalogue; announce(id: Id): void }): EveryoneAnnouncer {
  const batch: Id[] = [];
  let after = '';

  function next(): Id | undefined {
    if (batch.length === 0) fill();
    return batch.shift();
  }

  /** In order of path, from where the last batch ended; at the end it begins anew. */
  function fill(): void {
    const folders = deps.catalogue.folders().filter(each => each.everyone && each.missing === null);
    for (const folder of folders.sort((a, b) => (a.path < b.path ? -1 : 1))) {
      for (const file of deps.catalogue.filesUnder(folder.path)) {
        if (file.path <= after) continue;
        after = file.path;
        if (batch.push(file.id) >= BATCH) return;
      }
    }
    after = '';
  }

  const timer = setInterval(() => {
    const id = next();
    if (id) deps.announce(id);
  }, EVERY_MS);
  timer.unref();
  return { close: () => clearInterval(timer) };
}
