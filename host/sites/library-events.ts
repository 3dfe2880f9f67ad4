/** Changes in what is shared become syncs: at once when a scan ended that found some, 10 s after the last of other changes. */

import { sep } from 'node:path';
import type { Events } from '../core/events.ts';
import type { Catalogue } from '../core/stored.ts';
import type { Timers } from '../platform/timers.ts';
import type { Grants } from './grants.ts';

const SETTLE_MS = 10_000;

/** Returns the way to stop. */
export function syncOnChanges(deps: {
  catalogue: Catalogue;
  grants: Pick<Grants, 'list'>;
  events: Events;
  timers: Timers;
  sync: (origin: string) => void;
  /** its last sync left removals to the end of the scan */
  isHeldBack: (origin: string) => boolean;
}): () => void {
  const { catalogue, grants, events, timers, sync, isHeldBack } = deps;
  /** which folders each site had when it was looked at last: of one that is gone no other event tells */
  let sharing = sharingNow();
  const waiting = new Map<string, () => void>();

  function soon(origin: string): void {
    waiting.get(origin)?.();
    const cancel = timers.after(SETTLE_MS, () => {
      waiting.delete(origin);
      sync(origin);
    });
    waiting.set(origin, cancel);
  }

  /** Sites of a folder, and of those inside and around it: they are one scan. */
  function sitesOf(id: number): Set<string> {
    const all = catalogue.folders();
    const folder = all.find(one => one.id === id);
    const related = folder ? all.filter(one => within(one.path, folder.path) || within(folder.path, one.path)) : [];
    return new Set(related.flatMap(one => catalogue.sitesOfFolder(one.id)));
  }

  function sharingNow(): Map<string, string> {
    const describe = (origin: string) =>
      JSON.stringify(catalogue.sharedFolders(origin).map(({ id, all, missing }) => [id, all, missing === null]));
    return new Map(grants.list().map(({ origin }) => [origin, describe(origin)]));
  }

  const stops = [
    events.on('folders.changed', () => {
      const before = sharing;
      sharing = sharingNow();
      for (const [origin, folders] of sharing) if ((before.get(origin) ?? '[]') !== folders) soon(origin);
    }),
    events.on('library.scanned', ({ folder, changed }) => {
      for (const origin of sitesOf(folder)) {
        if (!changed && !isHeldBack(origin)) continue;
        waiting.get(origin)?.();
        waiting.delete(origin);
        sync(origin);
      }
    }),
    events.on('library.changed', ({ folders }) => {
      for (const origin of new Set(folders.flatMap(folder => [...sitesOf(folder)]))) soon(origin);
    }),
  ];
  return () => {
    for (const stop of stops) stop();
    for (const cancel of waiting.values()) cancel();
    waiting.clear();
  };
}

function within(inner: string, outer: string): boolean {
  return inner === outer || inner.startsWith(outer.endsWith(sep) ? outer : outer + sep);
}
