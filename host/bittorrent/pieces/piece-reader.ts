/** Reads pieces that are files of their own. They are opened for each read: they are far more than may be open at once. */

import { close, closeSync, constants, open, openSync, readSync } from 'node:fs';
import { promisify } from 'node:util';
import { createQuickness, readAt } from '../../platform/quick-reads.ts';

const openLater = promisify(open);
const closeLater = promisify(close);

/** The folder is the daemon's own; a link in it is none of its making. */
const FLAGS = constants.O_RDONLY | (constants.O_NOFOLLOW ?? 0) | (constants.O_NONBLOCK ?? 0);

export interface PieceReader {
  /** Fills `into` from `at` of the file. Rejects where it is not there, or shorter. */
  read(path: string, at: number, into: Uint8Array): Promise<void>;
  /** The same before it returns. False: it would take long, or `read` knows what is wrong. */
  readNow(path: string, at: number, into: Uint8Array): boolean;
}

/** `isLocal`: they lie on a disk of this machine. */
export function createPieceReader(isLocal: boolean): PieceReader {
  const quick = createQuickness(isLocal);

  function readHere(path: string, at: number, into: Uint8Array): number {
    const fd = openSync(path, FLAGS);
    try {
      return readSync(fd, into, 0, into.length, at);
    } finally {
      closeSync(fd);
    }
  }

  return {
    async read(path, at, into) {
      const isQuick = quick.isLikely();
      const fd = isQuick ? openSync(path, FLAGS) : await openLater(path, FLAGS);
      try {
        const bytes = await readAt(fd, into, at);
        if (bytes !== into.length) throw new Error(`${bytes} of ${into.length} bytes of a piece`);
        quick.moved();
      } finally {
        if (isQuick) closeSync(fd);
        else await closeLater(fd);
      }
    },
    readNow(path, at, into) {
      if (!quick.isLikely()) return false;
      try {
        const bytes = quick.timed(() => readHere(path, at, into));
        quick.moved();
        return bytes === into.length;
      } catch {
        return false;
      }
    },
  };
}
