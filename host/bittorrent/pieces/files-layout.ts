/** Where the files of a torrent lie below the folder that they are kept in: names that every disk takes, and no two alike. Pure. */

import { describe } from '../description.ts';
import { MAX_NAME_BYTES, type Metainfo, shorten, type TorrentFile } from '../metainfo.ts';

export interface PlacedFile {
  /** components below the folder, each of its own: no file is another's folder, and none has the name of another */
  path: string[];
  /** bytes */
  length: number;
  /** where it starts within the torrent */
  offset: number;
  /** it only fills up a piece (BEP 47): zeros that are never written */
  isPadding: boolean;
}

/** bytes of a path; Linux takes 4,096 with what stands before it */
const MOST_PATH_BYTES = 3_000;
/** bytes that a number takes which tells a name from another */
const NUMBER_BYTES = 16;

/** Below a folder of the torrent's name, as other clients save it; right there; or by another name, also of the only file. */
type Top = 'name' | 'no-name' | { name: string };

export function layoutOf(metainfo: Metainfo, top: Top = 'name'): PlacedFile[] {
  const shown = describe(metainfo).files;
  const place = createPlaces();
  const isAlone = metainfo.files.length === 1;
  let next = 0;
  return metainfo.files.map(file => {
    const { length, offset } = file;
    const described = shown[next];
    const isPadding = described?.offset !== offset || described.length !== length;
    if (isPadding) return { path: file.path, length, offset, isPadding };
    next++;
    return { path: place(fitting(pathOf(file, top, isAlone))), length, offset, isPadding };
  });
}

/** `name`: instead of the torrent's own, where it is not null. */
export function savedLayout(metainfo: Metainfo, name: string | null): PlacedFile[] {
  return layoutOf(metainfo, name === null ? 'name' : { name });
}

function pathOf({ path }: TorrentFile, top: Top, isAlone: boolean): readonly string[] {
  // Nothing was left of a name that climbs.
  const whole = path.length === 1 && !isAlone ? [...path, '_'] : path;
  if (typeof top === 'object') return [top.name, ...whole.slice(1)];
  return top === 'no-name' && whole.length > 1 ? whole.slice(1) : whole;
}

/** One that is too long lies right below its first folder. */
function fitting(path: readonly string[]): readonly string[] {
  if (Buffer.byteLength(path.join('/')) <= MOST_PATH_BYTES) return path;
  return [path[0] ?? '_', path.at(-1) ?? '_'];
}

/** Names that differ in what is not kept of them must not become one file, also on disks that tell no cases apart. */
function createPlaces(): (path: readonly string[]) => string[] {
  const files = new Set<string>();
  const folders = new Set<string>();
  /** where to go on counting, by what is numbered */
  const counts = new Map<string, number>();

  function freeName(above: readonly string[], name: string, isFree: (key: string) => boolean): string {
    if (isFree(keyOf([...above, name]))) return name;
    const [stem, ending] = cut(name);
    const counted = keyOf([...above, stem, ending]);
    for (let copy = counts.get(counted) ?? 2; ; copy++) {
      const other = `${stem} (${copy})${ending}`;
      if (!isFree(keyOf([...above, other]))) continue;
      counts.set(counted, copy);
      return other;
    }
  }

  return path => {
    const placed: string[] = [];
    for (const part of path.slice(0, -1)) placed.push(freeName(placed, part, key => !files.has(key)));
    placed.push(freeName(placed, path.at(-1) ?? '_', key => !files.has(key) && !folders.has(key)));
    files.add(keyOf(placed));
    for (let depth = 1; depth < placed.length; depth++) folders.add(keyOf(placed.slice(0, depth)));
    return placed;
  };
}

function keyOf(path: readonly string[]): string {
  return path.join('/').toLowerCase();
}

/** What stands before a number and after it, so short that it may be any. */
function cut(name: string): [stem: string, ending: string] {
  const dot = name.lastIndexOf('.');
  const ending = dot > 0 ? shorten(name.slice(dot), MAX_NAME_BYTES / 2) : '';
  const most = MAX_NAME_BYTES - NUMBER_BYTES - Buffer.byteLength(ending);
  return [shorten(dot > 0 ? name.slice(0, dot) : name, most), ending];
}

/** The parts of files that the bytes `[start, end)` of the torrent lie in. */
export function partsOf(
  layout: readonly PlacedFile[],
  start: number,
  end: number,
): { file: number; at: number; from: number; to: number }[] {
  const parts = [];
  for (let file = firstAt(layout, start); file < layout.length; file++) {
    const { offset, length } = layout[file]!;
    if (offset >= end) break;
    const a = Math.max(offset, start);
    const b = Math.min(offset + length, end);
    if (a < b) parts.push({ file, at: a - offset, from: a - start, to: b - start });
  }
  return parts;
}

/** The first file that ends behind `start`. */
function firstAt(layout: readonly PlacedFile[], start: number): number {
  let low = 0;
  let high = layout.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    const { offset, length } = layout[middle]!;
    if (offset + length <= start) low = middle + 1;
    else high = middle;
  }
  return low;
}
