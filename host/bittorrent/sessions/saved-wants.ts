/** Which files of a torrent are wanted, and what that means for its pieces. */

import { type Metainfo, piecesOf } from '../metainfo.ts';
import type { PlacedFile } from '../pieces/files-layout.ts';
import type { SaveOrder } from './saved-one.ts';

export interface WantedBytes {
  /** pieces, first and last inclusive, in order */
  readonly pieces: { first: number; last: number }[];
  /** bytes of wanted files in each piece */
  readonly inPiece: Uint32Array;
  readonly total: number;
}

/** The indexes of the files that are fetched, of so many; null: all of them. */
export function wantedFiles(
  { files, priorities }: Pick<SaveOrder, 'files' | 'priorities'>,
  count: number,
): number[] | null {
  if (priorities.length === 0) return files;
  const wanted = new Set(files ?? Array.from({ length: count }, (_, index) => index));
  for (const [index, priority] of priorities) {
    if (priority === 'skip') wanted.delete(index);
    else wanted.add(index);
  }
  return wanted.size === count ? null : [...wanted].sort((a, b) => a - b);
}

export function highFiles({ priorities }: Pick<SaveOrder, 'priorities'>): number[] {
  return priorities.flatMap(([index, priority]) => (priority === 'high' ? [index] : []));
}

/** `files`: indexes of those that are no padding; null: all of them. */
export function wantedBytes(
  metainfo: Pick<Metainfo, 'pieceLength' | 'pieceCount'>,
  shown: readonly PlacedFile[],
  files: readonly number[] | null,
): WantedBytes {
  const inPiece = new Uint32Array(metainfo.pieceCount);
  const pieces: { first: number; last: number }[] = [];
  let total = 0;
  const indexes = files ? [...new Set(files)].sort((a, b) => a - b) : shown.keys();
  for (const index of indexes) {
    const file = shown[index];
    if (!file || file.length === 0) continue;
    total += file.length;
    const { first, last } = piecesOf(metainfo, file);
    for (let piece = first; piece <= last; piece++) inPiece[piece]! += bytesIn(metainfo.pieceLength, piece, file);
    const before = pieces.at(-1);
    if (before && first <= before.last + 1) before.last = Math.max(before.last, last);
    else pieces.push({ first, last });
  }
  return { pieces, inPiece, total };
}

/** Of a file, in one piece. */
export function bytesIn(pieceLength: number, piece: number, { offset, length }: PlacedFile): number {
  return Math.min(offset + length, (piece + 1) * pieceLength) - Math.max(offset, piece * pieceLength);
}
