/** What each torrent moved since it was last told, and on whose account. */

import type { Id } from '../../../shared/id.ts';
import type { Events } from '../../core/events.ts';
import { nameKey, type TorrentName, type Traffic } from './link.ts';

/** Whose bytes a torrent moves; `held`: of a file that is here whole. */
export interface MovedFor {
  id: Id;
  by: readonly string[];
  held: boolean;
}

export interface Moved {
  /** Amounts since each torrent was added, of all that are awake. */
  tell(all: readonly Traffic[]): void;
}

export function createMoved(events: Pick<Events, 'emit'>, forWhom: (name: TorrentName) => MovedFor | undefined): Moved {
  let before = new Map<string, { down: number; up: number; whose: MovedFor }>();
  return {
    tell(all) {
      const after: typeof before = new Map();
      for (const traffic of all) {
        const key = nameKey(traffic);
        const last = before.get(key);
        if (last && last.down === traffic.downloaded && last.up === traffic.uploaded) {
          after.set(key, last);
          continue;
        }
        // One that was just given up moved its last bytes for whom it moved the others.
        const whose = forWhom(traffic) ?? last?.whose;
        if (!whose) continue;
        const { downloaded: down, uploaded: up } = traffic;
        after.set(key, { down, up, whose });
        // Less than before: it went to sleep and woke between two looks.
        const since = last && down >= last.down && up >= last.up ? last : { down: 0, up: 0 };
        if (down === since.down && up === since.up) continue;
        events.emit('bytes.moved', { ...whose, down: down - since.down, up: up - since.up });
      }
      before = after;
    },
  };
}
