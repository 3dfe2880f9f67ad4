/** What sites say of a file beside its info hash: who agrees with whom, and who is right. */

import type { Difference } from '../core/ports.ts';
import type { DownloadRow, RequestMetadata } from '../core/stored.ts';

export interface SizeGroup<T> {
  /** bytes; null where none of them says */
  size: number | null;
  members: T[];
}

/**
 * By size alone, for that may choose the file. Who says none goes with what is known, or else agrees with all. Each is in the
 * first group that it fits.
 */
export function groupsBySize<T extends { metadata: RequestMetadata }>(
  all: readonly T[],
  known: number | null,
): SizeGroup<T>[] {
  const groups: SizeGroup<T>[] = [];
  for (const one of all) {
    const size = one.metadata.size ?? known;
    const group = groups.find(each => isSameSize(each.size, size));
    if (group) {
      group.size ??= size;
      group.members.push(one);
    } else {
      groups.push({ size, members: [one] });
    }
  }
  return groups;
}

export function isSameSize(one: number | null, other: number | null): boolean {
  return one === null || other === null || one === other;
}

/** Is what a site says so, of a file of its id; undefined: nobody has looked. */
export function isTrueOf(
  { size, sha256 }: RequestMetadata,
  file: Pick<DownloadRow, 'size' | 'sha256'>,
): boolean | undefined {
  if (!isSameSize(size, file.size)) return false;
  if (sha256 === null) return true;
  return file.sha256 === null ? undefined : sha256 === file.sha256;
}

/** Is it by what this site says that a download came to nothing. */
export function isRefutedBy({ size, sha256 }: RequestMetadata, difference: Difference): boolean {
  if (difference.of === 'size') return size === difference.said;
  return difference.of === 'sha256' && sha256 !== null && difference.said.includes(sha256);
}
