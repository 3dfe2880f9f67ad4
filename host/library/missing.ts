/** When a folder is taken for missing (an unmounted disk leaves an empty mount point), so that nothing of it is withdrawn. */

import { lstat } from 'node:fs/promises';
import type { MissingBecause } from '../../shared/grants.ts';
import { errnoOf, isGone } from './gone.ts';

/** At most so many files may vanish at once, whatever part of the folder they are (spec/lsd.md, "Sync, step by step"). */
const FEW = 10;

/** The identity of a folder that is not there, and of which the person confirmed that it is to be so. */
export const ABSENT = 'absent';

export type Presence =
  /** `identity`: inode and birth time of the directory */
  { state: 'there'; identity: string } | { state: 'gone' | 'unreadable'; why: MissingBecause };

export async function lookAt(path: string): Promise<Presence> {
  try {
    const stats = await lstat(path, { bigint: true });
    if (!stats.isDirectory()) return { state: 'gone', why: { code: 'no-folder' } };
    return { state: 'there', identity: `${stats.ino}:${stats.birthtimeNs}` };
  } catch (thrown) {
    if (isGone(thrown)) return { state: 'gone', why: { code: 'gone' } };
    return { state: 'unreadable', why: { code: 'unreadable', error: errnoOf(thrown) } };
  }
}

/** Why a folder that is there counts as missing, or null: `known` files before, `vanished` of them now. */
export function missingBecause(counts: {
  known: number;
  vanished: number;
  otherDirectory: boolean;
}): MissingBecause | null {
  const { known, vanished, otherDirectory } = counts;
  if (vanished > FEW && vanished * 2 > known) return { code: 'vanished', vanished, known };
  if (vanished > 0 && vanished === known && otherDirectory) return { code: 'replaced' };
  return null;
}
