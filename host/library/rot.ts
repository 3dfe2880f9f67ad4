/** Files whose bytes are others than before although inode, size and date of modification are the same. */

import type { Events } from '../core/events.ts';
import { type Clock, type FileStamp, type HashedFile, type Log, sameBytes } from '../core/ports.ts';
import type { Catalogue, HeldFile } from '../core/stored.ts';
import type { Step } from './pipeline.ts';

export interface Rot {
  /**
   * What these bytes are a spoilt copy of; undefined where they are right, or where somebody openly wrote to the file.
   * `known`: what the catalogue says of the path.
   */
  originalOf(known: HeldFile | undefined, hashed: HashedFile): HeldFile | undefined;
  /** From now on nothing of it is given out. The stamp is that of the spoilt file. */
  found(original: HeldFile): void;
  /** Its right bytes are back, or it is another file, or none. */
  ended(path: string): void;
  /** At once, for those who have the file open: its stamp tells them nothing. */
  isRotten(path: string): boolean;
}

export interface RotDeps {
  catalogue: Catalogue;
  events: Events;
  log: Log;
  clock: Clock;
  foldersOf(path: string): number[];
}

export function createRot({ catalogue, events, log, clock, foldersOf }: RotDeps): Rot {
  const rotten = new Set(catalogue.rottenFiles().map(({ path }) => path));
  /** Most homes have none, and a scan asks for each file. */
  const rottenLike = (stamp: FileStamp) => (rotten.size > 0 ? catalogue.rottenLike(stamp) : undefined);
  return {
    originalOf(known, { id, stamp }) {
      // Who renames a spoilt file does not mend it.
      const before = known && sameBytes(known.stamp, stamp) ? known : rottenLike(stamp);
      return before && before.id !== id ? before : undefined;
    },
    found(original) {
      const { path, id } = original;
      const isNew = catalogue.rotten(path) === undefined;
      rotten.add(path);
      catalogue.recordRot(original, clock.now());
      if (!isNew) return;
      log.error('bit rot: the bytes of a file changed, and its date did not', { id });
      events.emit('file.rotten', { path, id, rotten: true });
      events.emit('library.changed', { folders: foldersOf(path) });
    },
    ended(path) {
      const file = catalogue.rotten(path);
      rotten.delete(path);
      catalogue.forgetRot(path);
      if (file) events.emit('file.rotten', { path, id: file.id, rotten: false });
    },
    isRotten: path => rotten.has(path),
  };
}

/** Step: bytes that nobody owns up to having written are no new file. */
export function createRotStep(rot: Rot): Step {
  return {
    name: 'rot',
    async run({ path, stamp, known, found }) {
      const original = found.as === 'hashed' ? rot.originalOf(known, found.hashed) : undefined;
      if (original) {
        rot.found({ ...original, path, stamp });
        return 'done';
      }
      if (rot.isRotten(path)) rot.ended(path);
      return 'next';
    },
  };
}
