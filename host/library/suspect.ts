/** A file that is another than the one that was hashed: what was known of it is forgotten, and it is hashed again. */

import { lstat } from 'node:fs/promises';
import type { Events } from '../core/events.ts';
import { type FileStamp, type Hasher, type Log, sameBytes } from '../core/ports.ts';
import type { Catalogue, DownloadRow } from '../core/stored.ts';
import { stampOf } from '../platform/files.ts';
import { errnoOf, isGone } from './gone.ts';

export interface SuspicionDeps {
  catalogue: Catalogue;
  hasher: Hasher;
  events: Events;
  log: Log;
  /** has a path in a folder looked at */
  look(path: string): void;
  foldersOf(path: string): number[];
  /** ends hashing of downloads */
  signal: AbortSignal;
}

export function createSuspicion(deps: SuspicionDeps): (path: string) => void {
  const { catalogue, log } = deps;
  const checking = new Set<string>();
  return path => {
    if (checking.has(path)) return;
    const download = catalogue.file(path) ? undefined : catalogue.downloads().find(row => row.path === path);
    checking.add(path);
    void (download ? checkDownload(deps, download) : checkFile(deps, path))
      .catch(thrown => log.error('a changed file could not be looked at', { error: String(thrown) }))
      .finally(() => checking.delete(path));
  };
}

/** A path that is gone is left to the scan, which knows whether its whole folder is; one that cannot be read stays. */
async function checkFile({ catalogue, events, log, look, foldersOf }: SuspicionDeps, path: string): Promise<void> {
  let now: FileStamp;
  try {
    now = stampOf(await lstat(path, { bigint: true }));
  } catch (thrown) {
    if (isGone(thrown)) look(path);
    return;
  }
  log.debug('a file is another than before', { path });
  look(path);
  // Only its ctime is another: the scan has to know what its bytes were (rot.ts). Until then its stamp keeps it from being read.
  const known = catalogue.file(path);
  if (known && sameBytes(known.stamp, now)) return;
  catalogue.forgetFile(path);
  events.emit('library.changed', { folders: foldersOf(path) });
}

/** A download lies in no folder; it stays if its bytes are right, and is forgotten if they are others or gone. */
async function checkDownload(
  { catalogue, hasher, events, log, signal }: SuspicionDeps,
  download: DownloadRow,
): Promise<void> {
  try {
    const { id, stamp } = await hasher.hashFile(download.path, signal);
    if (id === download.id) return catalogue.recordDownload({ ...download, stamp });
  } catch (thrown) {
    const unreadable = !isGone(thrown) && !isGone(thrown instanceof Error ? thrown.cause : undefined);
    if (signal.aborted || unreadable) {
      return log.warn('a download cannot be read', { id: download.id, code: errnoOf(thrown) });
    }
  }
  catalogue.removeDownload(download.id);
  log.warn('a download was changed or deleted by another program', { id: download.id });
  events.emit('library.changed', { folders: [] });
  events.emit('download.lost', { id: download.id });
}
