/** A file that is another than the one that was hashed: what was known of it is forgotten, and it is hashed again. */

import type { Events } from '../core/events.ts';
import type { Catalogue, Hasher, Log } from '../core/ports.ts';

export interface SuspicionDeps {
  catalogue: Catalogue;
  hasher: Hasher;
  events: Events;
  log: Log;
  /** has a path in a folder looked at */
  look(path: string): void;
  foldersOf(path: string): number[];
}

export function createSuspicion({ catalogue, events, look, foldersOf, log }: SuspicionDeps): (path: string) => void {
  return path => {
    if (!catalogue.file(path)) return;
    log.debug('a file is another than before', { path });
    look(path);
    catalogue.forgetFile(path);
    events.emit('library.changed', { folders: foldersOf(path) });
  };
}
