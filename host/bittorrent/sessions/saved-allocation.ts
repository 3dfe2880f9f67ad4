/** The whole of each wanted file of a saved torrent, reserved on the disk before it is fetched. */

import type { PlacedFile } from '../pieces/files-layout.ts';
import { reserve } from './saved-disk.ts';
import type { Lying } from './saved-one.ts';
import type { SavedPieces } from './saved-pieces.ts';

export interface SavedAllocation {
  readonly isUnderWay: boolean;
  /** Every wanted file has its room. */
  isDone(pieces: Pick<SavedPieces, 'shown' | 'wants'>): boolean;
  reserve(place: Lying['place'], pieces: Pick<SavedPieces, 'shown' | 'wants'>): Promise<void>;
  abort(why: Error): void;
}

/** `onBegin`: it may be told of. */
export function createSavedAllocation(onBegin: () => void): SavedAllocation {
  const reserved = new Set<PlacedFile>();
  let reserving: AbortController | undefined;

  function missing({ shown, wants: { files } }: Pick<SavedPieces, 'shown' | 'wants'>): PlacedFile[] {
    const wanted = files ? files.flatMap(index => shown[index] ?? []) : shown;
    return wanted.filter(each => !reserved.has(each));
  }

  return {
    get isUnderWay() {
      return reserving !== undefined;
    },
    isDone: pieces => missing(pieces).length === 0,
    async reserve(place, pieces) {
      const files = missing(pieces);
      reserving = new AbortController();
      onBegin();
      try {
        await reserve(place, files, reserving.signal);
        for (const each of files) reserved.add(each);
      } finally {
        reserving = undefined;
      }
    },
    abort: why => reserving?.abort(why),
  };
}
