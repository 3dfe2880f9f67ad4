/** Which pieces of a saved torrent are there already: those of files that are as they were left are believed, all others hashed. */

import { createHash } from 'node:crypto';
import { readdir, stat } from 'node:fs/promises';
import { dirname } from 'node:path';
import type { Resume } from '../engine/link.ts';
import { bytesOfPiece, type Metainfo } from '../metainfo.ts';
import { type FilesPlace, pathOf } from '../pieces/files-folder.ts';
import { type PlacedFile, partsOf } from '../pieces/files-layout.ts';
import type { PieceHome } from '../pieces/piece-store.ts';
import { pieceHash } from '../pieces/pieces-folder.ts';

/** files that are looked at at once: the system has four threads for them */
const AT_ONCE = 64;

interface Checked {
  metainfo: Metainfo;
  layout: readonly PlacedFile[];
  place: FilesPlace;
  home: Pick<PieceHome, 'read'>;
  resume: Resume | null;
}

interface Looked {
  size: number;
  stamp: string;
}

/** Pieces that are there; `believed`: those of them that were not hashed. */
export interface Saved {
  found: number[];
  believed: number[];
}

export async function piecesSaved(
  { metainfo, layout, place, home, resume }: Checked,
  signal: AbortSignal,
): Promise<Saved> {
  const there = await lookAtAll(place, layout);
  const isBelieved = layout.map((_, file) => there[file] !== null && there[file]?.stamp === resume?.stamps[file]);
  const found: number[] = [];
  const believed: number[] = [];
  for (let piece = 0; piece < metainfo.pieceCount && !signal.aborted; piece++) {
    const start = piece * metainfo.pieceLength;
    const length = bytesOfPiece(metainfo, piece);
    const parts = partsOf(layout, start, start + length).filter(({ file }) => !layout[file]?.isPadding);
    if (parts.every(({ file }) => isBelieved[file]) && parts.length > 0) {
      if (resume?.have[piece] === 1) believed.push(piece);
      continue;
    }
    const isComplete = parts.every(({ file, at, from, to }) => (there[file]?.size ?? -1) >= at + to - from);
    if (isComplete && (await isRight(home, piece, length, pieceHash(metainfo.hashes, piece)))) found.push(piece);
  }
  return { found: [...found, ...believed], believed };
}

/** Of each file, to be kept for the next time; its torrent is closed. */
export async function stampsOf(place: FilesPlace, layout: readonly PlacedFile[]): Promise<(string | null)[]> {
  return (await lookAtAll(place, layout)).map(each => each?.stamp ?? null);
}

async function isRight(home: Pick<PieceHome, 'read'>, piece: number, length: number, hash: string): Promise<boolean> {
  const bytes = await home.read(piece, 0, length).catch(() => undefined);
  return bytes !== undefined && createHash('sha1').update(bytes).digest('hex') === hash;
}

/** Folder by folder: of a torrent of 100,000 files mostly none is there yet. */
async function lookAtAll({ folder }: FilesPlace, layout: readonly PlacedFile[]): Promise<(Looked | null)[]> {
  const looked: (Looked | null)[] = layout.map(() => null);
  // No piece lies in those that are empty.
  const files = [...layout.entries()].filter(([, { isPadding, length }]) => !isPadding && length > 0);
  const byFolder = Map.groupBy(files, ([, file]) => dirname(pathOf(folder, file)));
  for (const [at, inIt] of byFolder) {
    const names = new Set((await readdir(at).catch(() => [])).map(alike));
    const there = inIt.filter(([, { path }]) => names.has(alike(path.at(-1) ?? '')));
    for (let from = 0; from < there.length; from += AT_ONCE) {
      const some = there.slice(from, from + AT_ONCE);
      await Promise.all(
        some.map(async ([index, file]) => {
          looked[index] = await lookAt(folder, file);
        }),
      );
    }
  }
  return looked;
}

/** A disk may have its own way with the letters of a name. */
function alike(name: string): string {
  return name.normalize('NFC').toLowerCase();
}

async function lookAt(folder: string, file: PlacedFile): Promise<Looked | null> {
  const stats = await stat(pathOf(folder, file), { bigint: true }).catch(() => undefined);
  return stats?.isFile() ? { size: Number(stats.size), stamp: `${stats.size} ${stats.mtimeNs} ${stats.ino}` } : null;
}
