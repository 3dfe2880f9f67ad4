/** What happens to torrents, as subscribers are told: everything at once, but progress at most twice a second a torrent. */

import type { SavedStatus, SessionEvent, TorrentSessions } from '../../core/torrent-sessions.ts';
import { torrentView } from './view.ts';

const PROGRESS_MS = 500;

export interface LiveEvent {
  event: SessionEvent['event'];
  session_id: string;
  info_hash: string;
}

/** Returns the way to stop. */
export function followSessions(
  sessions: Pick<TorrentSessions, 'on'>,
  tell: (session: string, event: LiveEvent) => void,
): () => void {
  /** of each torrent whose progress was told a moment ago; `latest`: what came since */
  const resting = new Map<string, { timer: NodeJS.Timeout; latest: SavedStatus | undefined }>();

  function say(event: SessionEvent['event'], status: SavedStatus): void {
    tell(status.session, { event, session_id: status.session, ...torrentView(status) });
  }

  function progress(key: string, status: SavedStatus): void {
    const rest = resting.get(key);
    if (rest) {
      rest.latest = status;
      return;
    }
    say('torrent_progress', status);
    const timer = setTimeout(() => {
      const latest = resting.get(key)?.latest;
      resting.delete(key);
      if (latest) progress(key, latest);
    }, PROGRESS_MS);
    timer.unref();
    resting.set(key, { timer, latest: undefined });
  }

  const stop = sessions.on(({ event, status }) => {
    const key = `${status.session}:${status.infoHash}`;
    if (event === 'torrent_progress') return progress(key, status);
    // What is told now goes over what waits.
    const rest = resting.get(key);
    if (rest) rest.latest = undefined;
    say(event, status);
  });
  return () => {
    stop();
    for (const { timer } of resting.values()) clearTimeout(timer);
  };
}
