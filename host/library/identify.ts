/** Step: are these bytes known already, at this path or, moved, under another? Then nothing is read. */

import { lstat } from 'node:fs/promises';
import { isToldByBytes } from '../../shared/file-types.ts';
import { type FileStamp, sameBytes, unchanged } from '../core/ports.ts';
import type { Catalogue, HeldFile } from '../core/stored.ts';
import { stampOf } from '../platform/files.ts';
import type { Step } from './pipeline.ts';
import type { KnownFile, Recent } from './recent.ts';

export function createIdentify({ catalogue, recent }: { catalogue: Catalogue; recent: Recent }): Step {
  function held(file: HeldFile | undefined): KnownFile | undefined {
    const torrent = file && catalogue.torrentsOf(file.id)[0];
    return torrent && { file, torrent };
  }

  return {
    name: 'identify',
    async run(candidate) {
      const { here, same } = catalogue.knownFiles(candidate.path, candidate.stamp);
      if (here && unchanged(here.stamp, candidate.stamp)) return 'done';
      candidate.known = here;
      const from = held(same) ?? recent.find(candidate.stamp);
      if (!from || from.file.path === candidate.path) return 'next';
      // What becomes one of these by its name is read again.
      if (isToldByBytes(candidate.extension) && from.file.extension !== candidate.extension) return 'next';
      if (await holdsSameBytes(from.file, candidate.stamp)) candidate.found = { as: 'moved', from };
      return 'next';
    },
  };
}

/**
 * A rename changes ctime, so size, mtime and inode must do once the old path is gone. While the old path is there (a
 * second hard link), a changed ctime may hide a change of the bytes.
 */
async function holdsSameBytes(from: HeldFile, stamp: FileStamp): Promise<boolean> {
  const there = await lstat(from.path, { bigint: true }).catch(() => undefined);
  const linked = there !== undefined && sameBytes(stampOf(there), stamp);
  return linked ? unchanged(from.stamp, stamp) : sameBytes(from.stamp, stamp);
}
