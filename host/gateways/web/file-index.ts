/** The files of a torrent by their paths, put in order once: there may be 100,000 of them, and as many requests. */

import type { Description, HeldFile } from '../../core/held-torrents.ts';

export interface Entry {
  name: string;
  type: 'file' | 'folder';
  /** bytes; of a folder those of all that is in it */
  length: number;
}

export interface FileIndex {
  /** of the first with this path, its components joined by `/` */
  file(path: string): HeldFile | undefined;
  /** `path` ends with a slash. Undefined: there is no such folder. */
  folder(path: string): readonly Entry[] | undefined;
}

interface Placed {
  path: string;
  file: HeldFile;
}

/** One description is one torrent, as long as it is held. */
const made = new WeakMap<Description, FileIndex>();

export function indexOf(description: Description): FileIndex {
  const there = made.get(description) ?? createIndex(description.files);
  made.set(description, there);
  return there;
}

function createIndex(files: readonly HeldFile[]): FileIndex {
  const sorted = files
    .map((file): Placed => ({ path: file.path.join('/'), file }))
    .sort((a, b) => compare(a.path, b.path));

  /** Of those with this path or a later one the first. */
  function from(path: string): number {
    let low = 0;
    let high = sorted.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if (sorted[middle]!.path < path) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  return {
    file(path) {
      const found = sorted[from(path)];
      return path !== '' && found?.path === path ? found.file : undefined;
    },
    folder(path) {
      const entries = new Map<string, Entry>();
      for (let at = from(path); sorted[at]?.path.startsWith(path); at++) add(entries, sorted[at]!, path.length);
      return entries.size > 0 ? [...entries.values()] : undefined;
    },
  };
}

function add(entries: Map<string, Entry>, { path, file }: Placed, above: number): void {
  const slash = path.indexOf('/', above);
  const type = slash < 0 ? 'file' : 'folder';
  const name = slash < 0 ? path.slice(above) : path.slice(above, slash);
  const key = `${type} ${name}`;
  const before = entries.get(key)?.length ?? 0;
  entries.set(key, { name, type, length: before + file.length });
}

/** By code units, as strings compare: the order of a language would not be that of their beginnings. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
