/** Files of a saved torrent as content: their pieces are read from where they lie. */

import type { Content } from '../../core/content.ts';
import { openPart, type TorrentBytes } from '../held/torrent-content.ts';
import { type FilesPlace, openFilesFolder } from '../pieces/files-folder.ts';
import { bytesInFiles, type PieceBytes } from '../pieces/kept-pieces.ts';
import type { SavedPieces } from './saved-pieces.ts';

export interface SavedBytes extends Pick<PieceBytes, 'wrote' | 'verify' | 'close'> {
  /** Others may have written to its files. */
  doubt(): void;
  /** Offset and length within the torrent. */
  open(part: { offset: number; length: number }): Content;
}

/** `onLost`: the piece is not what its hash says. */
export function createSavedBytes(
  place: FilesPlace,
  { metainfo, layout, arrival }: Pick<SavedPieces, 'metainfo' | 'layout' | 'arrival'>,
  { assertThere, onLost }: Pick<TorrentBytes, 'assertThere'> & { onLost(piece: number): void },
): SavedBytes {
  const bytes = bytesInFiles(openFilesFolder(place, layout, 'reading'), metainfo, onLost);
  const torrent = { pieceLength: metainfo.pieceLength, arrival, assertThere };
  return { ...bytes, open: part => openPart(torrent, { ...bytes, has: arrival.has }, part) };
}
