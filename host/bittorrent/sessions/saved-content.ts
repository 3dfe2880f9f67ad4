/** Files of a saved torrent as content: their pieces are read from where they lie, also when that is elsewhere all at once. */

import type { Content } from '../../core/content.ts';
import { openPart, type TorrentBytes } from '../held/torrent-content.ts';
import { type FilesFolder, openFilesFolder } from '../pieces/files-folder.ts';
import { bytesInFiles, type PieceBytes } from '../pieces/kept-pieces.ts';
import type { Lying } from './saved-one.ts';
import type { SavedPieces } from './saved-pieces.ts';

export interface SavedBytes extends Pick<PieceBytes, 'wrote' | 'verify' | 'close'> {
  /** Others may have written to its files. */
  doubt(): void;
  /** They lie there from now on. */
  moved(to: Lying): void;
  /** Offset and length within the torrent. */
  open(part: { offset: number; length: number }): Content;
}

/** `onLost`: the piece is not what its hash says. */
export function createSavedBytes(
  { place, layout }: Lying,
  { metainfo, arrival }: Pick<SavedPieces, 'metainfo' | 'arrival'>,
  { assertThere, onLost }: Pick<TorrentBytes, 'assertThere'> & { onLost(piece: number): void },
): SavedBytes {
  let files = openFilesFolder(place, layout, 'reading');
  const there: Pick<FilesFolder, 'read' | 'readNow'> & AsyncDisposable = {
    read: (start, into) => files.read(start, into),
    readNow: (start, into) => files.readNow(start, into),
    [Symbol.asyncDispose]: () => files[Symbol.asyncDispose](),
  };
  const bytes = bytesInFiles(there, metainfo, onLost);
  const torrent = { pieceLength: metainfo.pieceLength, arrival, assertThere };
  return {
    ...bytes,
    moved(to) {
      // Whoever reads there goes on with the open file.
      void files[Symbol.asyncDispose]();
      files = openFilesFolder(to.place, to.layout, 'reading');
      bytes.doubt();
    },
    open: part => openPart(torrent, { ...bytes, has: arrival.has }, part),
  };
}

/** The same content; `gone` is called when it is closed. */
export function whileOpen(content: Content, gone: () => void): Content {
  return {
    ...content,
    async [Symbol.asyncDispose]() {
      gone();
      await content[Symbol.asyncDispose]();
    },
  };
}
