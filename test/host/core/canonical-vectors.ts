/** The vectors of the canonical torrent: byte k of each file is k mod 251. */

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

interface Vectors {
  files: { size: number; id: string; piece_length: number; pieces: number; pieces_sha1: string; info_hash: string }[];
  piece_length_by_size: [size: number, pieceLength: number][];
}

const path = join(import.meta.dirname, '../../vectors/lsd/canonical.json');
export const vectors: Vectors = JSON.parse(readFileSync(path, 'utf8'));
