/** The canonical torrent: the one info dictionary that every holder computes from a file's bytes alone. */

import type { Id } from '../../shared/id.ts';
import { ascii, dict, encode } from './bencode.ts';

const KIB = 1024;
const MIN_PIECE_LENGTH = 256 * KIB;
const MAX_PIECE_LENGTH = 4096 * KIB;
const MAX_PIECES = 8192;

/** bytes; the smallest power of two that gives at most 8192 pieces, from 256 KiB to 4 MiB */
export function pieceLengthOf(size: number): number {
  let pieceLength = MIN_PIECE_LENGTH;
  while (pieceLength < MAX_PIECE_LENGTH && size > pieceLength * MAX_PIECES) pieceLength *= 2;
  return pieceLength;
}

/** The bencoded info dictionary; its SHA-1 is the info hash. `pieces` is 20 bytes a piece. */
export function canonicalInfo(id: Id, size: number, pieces: Uint8Array): Uint8Array {
  return encode(dict({ length: size, name: ascii(id), 'piece length': pieceLengthOf(size), pieces }));
}
