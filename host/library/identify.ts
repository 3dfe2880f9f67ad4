/** Step: are these bytes known already, at this path or, moved, under another? Then nothing is read. */

import { lstat } from 'node:fs/promises';
import { type Catalogue, type FileStamp, type HeldFile, sameBytes, unchanged } from '../core/ports.ts';
import { stampOf } from '../platform/files.ts';
import type { Step } from './pipeline.ts';

/** Their type shows in their bytes only, so a name that becomes one of these is read again. */
const TOLD_BY_BYTES = new Set(['ts', 'mts']);

export function createIdentify({ catalogue }: { catalogue: Catalogue }): Step {
  return {
    name: 'identify',
    async run(candidate) {
      const here = catalogue.file(candidate.path);
      if (here && unchanged(here.stamp, candidate.stamp)) return 'done';
      const from = catalogue.fileByInode(candidate.stamp);
      if (!from || from.path === candidate.path) return 'next';
      if (TOLD_BY_BYTES.has(candidate.extension) && from.extension !== candidate.extension) return 'next';
      if (await holdsSameBytes(from, candidate.stamp)) candidate.found = { as: 'moved', from };
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
