/** How many files each site is shared, without counting a million of them at each look. */

import type { Events } from '../core/events.ts';
import type { Catalogue } from '../core/stored.ts';

/** At most this part of the time goes into counting, while a scan changes the number again and again. */
const SHARE = 1 / 50;

export interface Counts {
  files(origin: string): number;
  close(): void;
}

interface Counted {
  files: number;
  /** ms of the clock that is never set, before which it is not counted again */
  until: number;
  isStale: boolean;
}

export function createCounts({ catalogue, events }: { catalogue: Catalogue; events: Events }): Counts {
  const counted = new Map<string, Counted>();
  const changed = () => {
    for (const one of counted.values()) one.isStale = true;
  };
  const kinds = ['library.changed', 'library.scanned', 'folders.changed', 'download.verified', 'item.changed'] as const;
  const stops = [...kinds, 'grants.changed' as const].map(kind => events.on(kind, changed));

  return {
    files(origin) {
      const known = counted.get(origin);
      if (known && (!known.isStale || performance.now() < known.until)) return known.files;
      const startedAt = performance.now();
      const files = catalogue.sharedCount(origin);
      const tookMs = performance.now() - startedAt;
      counted.set(origin, { files, until: performance.now() + tookMs / SHARE, isStale: false });
      return files;
    },
    close() {
      for (const stop of stops) stop();
    },
  };
}
