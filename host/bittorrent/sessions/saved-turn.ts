/** Whether a saved torrent may fetch: its turn among all downloads, and the room for what it misses. */

import type { InfoHash } from '../../../shared/id.ts';
import type { Reason } from '../../../shared/item.ts';
import type { QueuedDownload } from '../../core/download-queue.ts';
import type { DiskRoom } from '../../platform/disk-room.ts';

export interface SavedTurnDeps {
  infoHash: InfoHash;
  /** its own among all saved torrents */
  id: string;
  room: DiskRoom;
  folder(): string;
  /** bytes that are wanted, and not here */
  missing(): number;
  /** Something of it is wanted and not here, and nothing else stops it. */
  isDownload(): boolean;
  addedAt: number;
  peers(): number;
  /** Whether it may is another. */
  onChanged(): void;
}

export interface SavedTurn {
  /** for the queue; undefined: nothing is to be fetched */
  queued(hold: Reason | null): QueuedDownload | undefined;
  /** Why it may not; null: it may; undefined: that is not known yet. Takes the room where it may. */
  take(): Promise<Reason | null | undefined>;
  /** why it may not, as of the last time */
  readonly waits: Reason | null;
  /** Where there was no room for it, there may be now. */
  tryRoom(): void;
  /** Others may have its room. */
  leave(): void;
}

export function createSavedTurn(deps: SavedTurnDeps): SavedTurn {
  const { id, infoHash, room, isDownload } = deps;
  let held: Reason | null | undefined;
  let lacksRoom = false;

  function queued(hold: Reason | null): QueuedDownload | undefined {
    if (!isDownload()) {
      held = undefined;
      return undefined;
    }
    const isRunning = held === null;
    return { id: infoHash, addedAt: deps.addedAt, hold, isRunning, isIdle: lacksRoom, peers: deps.peers(), setHeld };
  }
  function setHeld(reason: Reason | null): void {
    if (held === reason) return;
    held = reason;
    deps.onChanged();
  }

  return {
    queued,
    async take() {
      if (held !== null) {
        room.leave(id);
        return held;
      }
      // Where it cannot be told, a write will.
      lacksRoom = !(await room.take(id, deps.folder(), deps.missing).catch(() => true));
      return lacksRoom ? 'no-space' : held;
    },
    get waits() {
      return held ?? (held === null && lacksRoom ? 'no-space' : null);
    },
    tryRoom() {
      if (lacksRoom && isDownload()) deps.onChanged();
    },
    leave: () => room.leave(id),
  };
}
