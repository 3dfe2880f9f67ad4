/** What is done to the files of a saved torrent besides fetching them: room is reserved for them, they get other names, and are deleted. */

import { lstat, realpath } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { LsdError } from '../../../shared/errors.ts';
import { isInside, openBelow, removeBelow, removeEmptyBelow } from '../../platform/below-root.ts';
import { syncDirectory } from '../../platform/files.ts';
import { linkBelow, nameTaken } from '../../platform/link-below.ts';
import { failureOf } from '../failure.ts';
import { type FilesPlace, pathOf } from '../pieces/files-folder.ts';
import type { PlacedFile } from '../pieces/files-layout.ts';
import type { Lying } from './saved-one.ts';

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
export async function removeSaved(place: FilesPlace, files: readonly PlacedFile[], infoHash: string): Promise<void> {
  const { root, folder } = place;
  const saved = files.filter(({ isPadding }) => !isPadding);
  const byFolder = Map.groupBy(saved, file => dirname(pathOf(folder, file)));
  for (const [each, inIt] of byFolder) {
    await removeBelow(
      root,
      each,
      inIt.map(({ path }) => path.at(-1) ?? ''),
    );
  }
  await removeFolders(place, saved, infoHash);
}

/** Those of the torrent that are empty; one that is named by its info hash is its own, too. */
export async function removeFolders(
  { root, folder }: FilesPlace,
  files: readonly PlacedFile[],
  infoHash: string,
): Promise<void> {
  const folders = new Set([folder]);
  for (const { path } of files) {
    for (let depth = 1; depth < path.length; depth++) folders.add(join(folder, ...path.slice(0, depth)));
  }
  const stop = folder !== root && basename(folder) === infoHash ? dirname(folder) : folder;
  for (const each of [...folders].sort((a, b) => b.length - a.length)) await removeEmptyBelow(root, each, stop);
}

/**
 * Gives each file that is there a second name, or a copy where it cannot have one. All or none: never over another file. Throws
 * `invalid` with the reason `name-taken`, `no-space`, `denied`.
 */
export async function linkAll(from: Lying, to: Lying, signal: AbortSignal): Promise<void> {
  const made: PlacedFile[] = [];
  try {
    for (const [index, file] of from.layout.entries()) {
      signal.throwIfAborted();
      const target = to.layout[index];
      if (!target || file.isPadding) continue;
      const path = await realpath(pathOf(from.place.folder, file)).catch(() => undefined);
      // A file that was not begun is nowhere, and one behind a link that leads outside is not the torrent's.
      if (path === undefined || !isInside(from.place.root, path)) continue;
      if (await linkBelow(to.place.root, path, pathOf(to.place.folder, target))) made.push(target);
    }
    const folders = new Set(made.map(file => dirname(pathOf(to.place.folder, file))));
    for (const folder of folders) await syncDirectory(folder);
  } catch (thrown) {
    await removeSaved(to.place, made, '');
    throw movingError(thrown);
  }
}

/** Of several files their folder is made new: what is in another one would seem theirs. Throws `name-taken`. */
export async function assertFree({ place, layout }: Lying): Promise<void> {
  const [first] = layout;
  if (!first || first.path.length === 1) return;
  const top = join(place.folder, first.path[0] ?? '');
  if (await lstat(top).catch(() => undefined)) throw nameTaken(top);
}

function movingError(thrown: unknown): unknown {
  if (thrown instanceof LsdError || !(thrown instanceof Error && 'code' in thrown)) return thrown;
  const failure = failureOf(thrown);
  if (failure === 'no-space') {
    const message = 'The disk has no room for these files. Make room on it, or name another folder.';
    return new LsdError('no-space', message, { userAction: 'free-space', cause: thrown });
  }
  if (failure !== 'unwritable') return thrown;
  return new LsdError('denied', 'These files cannot be written there. Name another folder.', { cause: thrown });
}

/** Would both write to one path? */
export function collide(a: Lying, b: Lying): boolean {
  const tops = [a, b].map(({ place, layout }) => join(place.folder, layout[0]?.path[0] ?? ''));
  const [first = '', second = ''] = tops;
  if (!isInside(second, first) && !isInside(first, second)) return false;
  const paths = new Set(pathsOf(a));
  return pathsOf(b).some(path => paths.has(path));
}

function pathsOf({ place, layout }: Lying): string[] {
  return layout.filter(({ isPadding }) => !isPadding).map(file => pathOf(place.folder, file));
}
