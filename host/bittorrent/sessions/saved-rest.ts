/** Why a saved torrent is neither fetched nor given, though nobody stopped it: all is paused, it waits, or was given back enough. */

import type { SavedStatus } from '../../core/torrent-sessions.ts';
import { createSavedGiving, type Giving } from './saved-giving.ts';
import type { Kept, SavedDeps, SaveOrder } from './saved-one.ts';
import { wantsAny } from './saved-order.ts';
import type { SavedPieces } from './saved-pieces.ts';
import { createSavedTurn, type SavedTurn } from './saved-turn.ts';

export interface Resting {
  /** its own among all saved torrents */
  id: string;
  order: Readonly<SaveOrder>;
  folder(): string;
  pieces(): SavedPieces | undefined;
  /** it is stopped, in trouble, or on its way elsewhere */
  isStopped(): boolean;
  peers(): number;
  onChanged(): void;
}

export interface SavedRest extends Pick<SavedTurn, 'queued' | 'tryRoom' | 'leave'> {
  /** null: it is no download */
  readonly giving: Giving | null;
  readonly reason: SavedStatus['rests'];
  /** Peers are to have nothing of it. */
  readonly isOver: boolean;
  /** Whether it rests now; undefined: the queue is about to say. Takes its room where it does not. */
  decide(): Promise<boolean | undefined>;
  /** What is here, or wanted, is another; undefined: that is not known yet. */
  look(pieces: SavedPieces | undefined): void;
  /** Some of what is here came from peers just now. */
  came(pieces: SavedPieces): void;
  /** bytes that peers were given since it is in the engine; undefined: it is not */
  onTraffic(uploaded: number | undefined): void;
  /** Its person starts it. */
  startAgain(): void;
}

export function createSavedRest(deps: SavedDeps, given: Kept, resting: Resting): SavedRest {
  const { id, order, folder, pieces, peers, onChanged } = resting;
  /** all that is wanted is here, or was when that was known last */
  let isHere = typeof given.giving?.since === 'number' || given.resume?.have.every(has => has === 1) === true;
  const size = () => pieces()?.wantedBytes ?? 0;
  const { clock, limits } = deps;
  const giving = createSavedGiving({ clock, limits, size, onKept: () => deps.onKept('order') }, given.giving);
  const missing = () => pieces()?.missing ?? 0;
  const isDownload = () => !resting.isStopped() && !isHere && wantsAny(order);
  const turn = createSavedTurn({
    ...{ id, infoHash: deps.infoHash, room: deps.room, folder, missing, isDownload, peers, onChanged },
    addedAt: order.addedAt,
  });

  return {
    queued: turn.queued,
    tryRoom: turn.tryRoom,
    leave: turn.leave,
    get giving() {
      return giving.kept;
    },
    get reason() {
      if (resting.isStopped()) return null;
      return deps.paused() ?? (giving.isOver() ? 'seeded' : isDownload() ? turn.waits : null);
    },
    get isOver() {
      return giving.isOver();
    },
    async decide() {
      const waits = isDownload() ? await turn.take() : null;
      if (waits === undefined) return undefined;
      return deps.paused() !== null || giving.isOver() || waits !== null;
    },
    look(all) {
      const before = isHere;
      isHere = all?.progress === 1;
      if (isHere && !before) giving.isHere();
    },
    came(all) {
      if (!isHere) giving.came(all.progress === 1);
      isHere = all.progress === 1;
    },
    onTraffic: giving.onTraffic,
    startAgain() {
      if (giving.isOver()) giving.anew();
    },
  };
}
