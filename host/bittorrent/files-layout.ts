/** Where the bytes of a torrent lie when its files are kept whole: names that fit on every disk, and no two alike. Pure. */

import type { Metainfo } from './metainfo.ts';

/** A piece of a file. */
export interface Span {
  /** components below the torrent's own folder */
  path: readonly string[];
  /** where it begins in the file, bytes */
  at: number;
  length: number;
}

export interface FilesLayout {
  /** of each file, in the torrent's order */
  readonly paths: readonly (readonly string[])[];
  /** of those without a byte */
  readonly empty: readonly (readonly string[])[];
  /** The files that `length` bytes from `offset` of the torrent on lie in, one after the other. */
  spans(offset: number, length: number): Span[];
}

/** bytes of a path; Linux takes 4,096 with what stands before it */
const MOST_PATH_BYTES = 3_000;

export function layoutOf({ files }: Pick<Metainfo, 'files'>): FilesLayout {
  const paths = uniquePaths(files.map(({ path }) => (path.length > 1 ? path.slice(1) : path)));

  /** The last file that begins at `offset` or before it. */
  function fileAt(offset: number): number {
    let low = 0;
    let high = files.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (files[middle]!.offset <= offset) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }

  return {
    paths,
    empty: paths.filter((_, at) => files[at]!.length === 0),
    spans(offset, length) {
      const found: Span[] = [];
      const end = offset + length;
      for (let from = offset, index = fileAt(offset); from < end && index < files.length; index++) {
        const file = files[index]!;
        const until = Math.min(end, file.offset + file.length);
        if (until <= from) continue;
        found.push({ path: paths[index]!, at: from - file.offset, length: until - from });
        from = until;
      }
      return found;
    },
  };
}

/** Also on disks that do not tell upper case from lower. */
function uniquePaths(all: readonly (readonly string[])[]): string[][] {
  const files = new Set<string>();
  const folders = new Set<string>();

  function take(path: readonly string[]): boolean {
    const key = path.join('/').toLowerCase();
    const above = path.slice(0, -1).map((_, at) =>
      path
        .slice(0, at + 1)
        .join('/')
        .toLowerCase(),
    );
    if (Buffer.byteLength(key) > MOST_PATH_BYTES) return false;
    if (files.has(key) || folders.has(key) || above.some(folder => files.has(folder))) return false;
    files.add(key);
    for (const folder of above) folders.add(folder);
    return true;
  }

  return all.map((path, at) => {
    if (take(path)) return [...path];
    // Another name in the torrent's own folder, as long as that one is taken.
    for (let more = ''; ; more += '_') {
      const other = [`${more}${at}_${path.at(-1) ?? ''}`.slice(0, 80).toWellFormed()];
      if (take(other)) return other;
    }
  });
}
