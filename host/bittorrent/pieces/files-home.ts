/** The files of a torrent as the home of its pieces, in the engine. */

import type { Metainfo } from '../metainfo.ts';
import { type FilesPlace, openFilesFolder } from './files-folder.ts';
import type { PlacedFile } from './files-layout.ts';
import type { PieceHome } from './piece-store.ts';

export interface FilesHome extends PieceHome {
  /** Those of the files that are empty are there from now on. */
  makeEmpty(files: readonly PlacedFile[]): Promise<void>;
}

export function homeBelow(
  place: FilesPlace,
  { pieceLength }: Pick<Metainfo, 'pieceLength'>,
  layout: readonly PlacedFile[],
): FilesHome {
  // Apart: what is only there to be read may not be written to.
  const reader = openFilesFolder(place, layout, 'reading');
  const writer = openFilesFolder(place, layout, 'writing');
  return {
    makeEmpty: writer.makeEmpty,
    write: (piece, bytes) => writer.write(piece * pieceLength, bytes),
    async read(piece, offset, length) {
      const bytes = Buffer.allocUnsafeSlow(length);
      await reader.read(piece * pieceLength + offset, bytes);
      return bytes;
    },
    async close() {
      await Promise.all([reader[Symbol.asyncDispose](), writer[Symbol.asyncDispose]()]);
    },
  };
}
