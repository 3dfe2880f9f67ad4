/** Pieces that were there at the start are hashed before a peer gets the first byte of them: the disk may have lost some. */

import { createHash } from 'node:crypto';
import { bytesOfPiece, type Metainfo } from '../metainfo.ts';
import type { PieceHome } from './piece-store.ts';
import { pieceHash } from './pieces-folder.ts';

export interface CheckedHome extends PieceHome {
  /** These were there before. */
  believe(pieces: readonly number[]): void;
}

/** `onWrong`: one of them is not what its hash says; nothing of it was given. */
export function checkedHome(home: PieceHome, metainfo: Metainfo, onWrong: (piece: number) => void): CheckedHome {
  const believed = new Uint8Array(metainfo.pieceCount);
  /** Many blocks of a piece are asked for at once. */
  const looking = new Map<number, Promise<void>>();

  async function look(piece: number): Promise<void> {
    const bytes = await home.read(piece, 0, bytesOfPiece(metainfo, piece)).catch(() => undefined);
    // It was written anew meanwhile.
    if (believed[piece] === 0) return;
    const isRight = bytes && createHash('sha1').update(bytes).digest('hex') === pieceHash(metainfo.hashes, piece);
    if (isRight) {
      believed[piece] = 0;
      return;
    }
    onWrong(piece);
    throw new Error(`piece ${piece} has other bytes than it had`);
  }

  function assertRight(piece: number): Promise<void> {
    const under = looking.get(piece) ?? look(piece).finally(() => looking.delete(piece));
    looking.set(piece, under);
    return under;
  }

  return {
    believe(pieces) {
      for (const piece of pieces) believed[piece] = 1;
    },
    async write(piece, bytes) {
      await home.write(piece, bytes);
      believed[piece] = 0;
    },
    async read(piece, offset, length) {
      if (believed[piece] === 1) await assertRight(piece);
      return home.read(piece, offset, length);
    },
    close: () => home.close(),
  };
}
