/** One file of a torrent of several, seeded by itself: the pieces that lie within it are there, nothing else is wanted. */

import { type Metainfo, piecesOf } from '../metainfo.ts';
import type { SeedContent } from './link.ts';

export function seedOfPart(metainfo: Metainfo, seed: SeedContent): { bitfield: Uint8Array; deselect: true } {
  const bitfield = new Uint8Array(Math.ceil(metainfo.pieceCount / 8));
  const file = metainfo.files[seed.fileIndex];
  if (file && file.length > 0) {
    const { first, last } = piecesOf(metainfo, file);
    for (let piece = first; piece <= last; piece++) {
      const end = Math.min((piece + 1) * metainfo.pieceLength, metainfo.length);
      const within = piece * metainfo.pieceLength >= file.offset && end <= file.offset + file.length;
      if (within) bitfield[piece >> 3] = (bitfield[piece >> 3] ?? 0) | (0x80 >> (piece & 7));
    }
  }
  return { bitfield, deselect: true };
}
