/** A file of a saved torrent as content: its pieces are read from where it lies. */

import type { Content } from '../../core/content.ts';
import { openPart, type TorrentBytes } from '../held/torrent-content.ts';
import { type FilesPlace, openFilesFolder } from '../pieces/files-folder.ts';
import type { PlacedFile } from '../pieces/files-layout.ts';

export interface SavedBytes extends TorrentBytes {
  place: FilesPlace;
  layout: readonly PlacedFile[];
}

/** Offset and length of the file within the torrent. */
export function openSaved(
  { place, layout, ...torrent }: SavedBytes,
  part: { offset: number; length: number },
): Content {
  const { pieceLength, arrival } = torrent;
  const files = openFilesFolder(place, layout, 'reading');
  const open = async (piece: number) => ({
    read(at: number, length: number) {
      const start = piece * pieceLength + at;
      return files.read(start, start + length);
    },
    async [Symbol.asyncDispose]() {},
  });
  const content = openPart(torrent, { has: arrival.has, open }, part);
  return { ...content, [Symbol.asyncDispose]: () => files[Symbol.asyncDispose]() };
}
