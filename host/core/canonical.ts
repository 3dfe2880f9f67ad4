/** The canonical torrent: the one info dictionary that every holder computes from a file's bytes alone. */

import type { Id } from '../../shared/id.ts';
import { ascii, BencodeError, decode, isDict } from './bencode.ts';

const KIB = 1024;
const MIN_PIECE_LENGTH = 256 * KIB;
const MAX_PIECE_LENGTH = 4096 * KIB;
const MAX_PIECES = 8192;

const END = 'e'.charCodeAt(0);

/** bytes; the smallest power of two that gives at most 8192 pieces, from 256 KiB to 4 MiB */
export function pieceLengthOf(size: number): number {
  let pieceLength = MIN_PIECE_LENGTH;
  while (pieceLength < MAX_PIECE_LENGTH && size > pieceLength * MAX_PIECES) pieceLength *= 2;
  return pieceLength;
}

/** The bencoded info dictionary; its SHA-1 is the info hash. `pieces` is 20 bytes a piece. */
export function canonicalInfo(id: Id, size: number, pieces: Uint8Array): Uint8Array {
  // Laid out by hand: a scan makes one for each file.
  const head = ascii(
    `d6:lengthi${size}e4:name${id.length}:${id}12:piece lengthi${pieceLengthOf(size)}e6:pieces${pieces.length}:`,
  );
  const info = new Uint8Array(head.length + pieces.length + 1);
  info.set(head);
  info.set(pieces, head.length);
  info[info.length - 1] = END;
  return info;
}

/** Is this info dictionary the one that every holder of `id` computes? */
export function isCanonicalInfo(info: Uint8Array, id: Id): boolean {
  try {
    const value = decode(info);
    if (!isDict(value)) return false;
    const size = value.entries.get('length');
    const pieces = value.entries.get('pieces');
    if (typeof size !== 'number' || size < 1 || !(pieces instanceof Uint8Array)) return false;
    if (pieces.length !== 20 * Math.ceil(size / pieceLengthOf(size))) return false;
    return equal(canonicalInfo(id, size, pieces), info);
  } catch (thrown) {
    if (thrown instanceof BencodeError) return false;
    throw thrown;
  }
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, at) => byte === b[at]);
}
