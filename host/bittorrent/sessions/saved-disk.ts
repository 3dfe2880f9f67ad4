/** What is done to the files of a saved torrent besides fetching them: room is reserved for them, and they are deleted. */

import { dirname, join } from 'node:path';
import { isInside, openBelow, removeBelow, removeEmptyBelow } from '../../platform/below-root.ts';
import { type FilesPlace, pathOf } from '../pieces/files-folder.ts';
import type { PlacedFile } from '../pieces/files-layout.ts';

const ZEROS = new Uint8Array(1024 * 1024);

/** Each file has its full size, and its blocks are the disk's own no longer. What is in it stays. */
export async function reserve({ root, folder }: FilesPlace, files: readonly PlacedFile[], signal: AbortSignal) {
  for (const file of files) {
    await using handle = await openBelow(root, pathOf(folder, file), 'writing');
    const { size } = await handle.stat();
    if (size >= file.length) continue;
    await handle.truncate(file.length);
    // A file that was only made longer has holes, for which there may be no room later.
    for (let at = size; at < file.length; ) {
      signal.throwIfAborted();
      at += (await handle.write(ZEROS, 0, Math.min(ZEROS.length, file.length - at), at)).bytesWritten;
    }
  }
}

/** The files, and the folders of the torrent that are empty then. Nothing that is behind a link is touched. */
export async function removeSaved({ root, folder }: FilesPlace, files: readonly PlacedFile[]): Promise<void> {
  const saved = files.filter(({ isPadding }) => !isPadding);
  const byFolder = Map.groupBy(saved, file => dirname(pathOf(folder, file)));
  for (const [each, inIt] of byFolder) {
    await removeBelow(
      root,
      each,
      inIt.map(({ path }) => path.at(-1) ?? ''),
    );
  }
  for (const each of [...byFolder.keys()].sort((a, b) => b.length - a.length)) {
    await removeEmptyBelow(root, each, folder);
  }
}

/** Would both write to one path? */
export function collide(a: { place: FilesPlace; layout: readonly PlacedFile[] }, b: typeof a): boolean {
  const tops = [a, b].map(({ place, layout }) => join(place.folder, layout[0]?.path[0] ?? ''));
  const [first = '', second = ''] = tops;
  if (!isInside(second, first) && !isInside(first, second)) return false;
  const paths = new Set(pathsOf(a));
  return pathsOf(b).some(path => paths.has(path));
}

function pathsOf({ place, layout }: { place: FilesPlace; layout: readonly PlacedFile[] }): string[] {
  return layout.filter(({ isPadding }) => !isPadding).map(file => pathOf(place.folder, file));
}
