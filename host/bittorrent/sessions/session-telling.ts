/** What is told of the torrents of a session: each change once, named by what is another. */

import type { SavedStatus, SessionEvent } from '../../core/torrent-sessions.ts';

export interface Telling {
  added(status: SavedStatus): void;
  /** Something may be another than it was told last. */
  look(status: SavedStatus): void;
  removed(status: SavedStatus): void;
}

export function createTelling(tell: (event: SessionEvent) => void): Telling {
  const told = new Map<string, SavedStatus>();

  function eventOf(before: SavedStatus, now: SavedStatus): SessionEvent['event'] | undefined {
    if (now.trouble && now.trouble.message !== before.trouble?.message) return 'torrent_error';
    if (now.state !== before.state || now.paused !== before.paused || now.rests !== before.rests)
      return 'torrent_state';
    const isAlike =
      now.progress === before.progress &&
      now.peers === before.peers &&
      now.rates.down === before.rates.down &&
      now.rates.up === before.rates.up;
    return isAlike ? undefined : 'torrent_progress';
  }

  return {
    added(status) {
      told.set(status.infoHash, status);
      tell({ event: 'torrent_added', status });
    },
    look(status) {
      const before = told.get(status.infoHash);
      const event = before && eventOf(before, status);
      if (!event) return;
      told.set(status.infoHash, status);
      tell({ event, status });
    },
    removed(status) {
      told.delete(status.infoHash);
      tell({ event: 'torrent_removed', status });
    },
  };
}
