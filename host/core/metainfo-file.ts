/** `.torrent` files (BEP 3, 12, 19): the info dictionary, where the torrent is met, and whatever else they say. Pure. */

import { BencodeError, type BValue, decode, dict, encode, isDict } from './bencode.ts';

export interface MetainfoFile {
  /** the info dictionary; null where it is left out */
  info: Uint8Array | null;
  /** by tiers */
  trackers: string[][];
  webseeds: string[];
  /** all other fields, as they came */
  rest: ReadonlyMap<string, BValue>;
}

export const NO_METAINFO: MetainfoFile = { info: null, trackers: [], webseeds: [], rest: new Map() };

/** What a magnet link says: it names no tiers, so each tracker is one. */
export function fileOfSource({
  trackers,
  webseeds,
}: {
  trackers: readonly string[];
  webseeds: string[];
}): MetainfoFile {
  return { ...NO_METAINFO, trackers: trackers.map(each => [each]), webseeds };
}

const OWN = new Set(['info', 'announce', 'announce-list', 'url-list']);

/** Throws `BencodeError`. Fields of another kind than they should be are left out. */
export function readMetainfoFile(bytes: Uint8Array): MetainfoFile {
  const value = decode(bytes);
  if (!isDict(value)) throw new BencodeError('this is no dictionary');
  const { entries } = value;
  const info = entries.get('info');
  if (info !== undefined && !isDict(info)) throw new BencodeError('its info is no dictionary');
  const tiers = listOf(entries.get('announce-list')).map(texts);
  const announce = texts(entries.get('announce'));
  return {
    info: info?.raw ?? null,
    // BEP 12: where there are tiers, `announce` says nothing.
    trackers: (tiers.flat().length > 0 ? tiers : [announce]).filter(tier => tier.length > 0),
    webseeds: texts(entries.get('url-list')),
    rest: new Map([...entries].filter(([key]) => !OWN.has(key))),
  };
}

export function writeMetainfoFile({ info, trackers, webseeds, rest }: MetainfoFile): Uint8Array {
  const [first] = trackers.flat();
  return encode(
    dict({
      ...Object.fromEntries(rest),
      // What decodes is encoded to the very bytes that it came from.
      info: info ? decode(info) : undefined,
      announce: first === undefined ? undefined : bytesOf(first),
      'announce-list': trackers.flat().length > 1 ? trackers.map(tier => tier.map(bytesOf)) : undefined,
      'url-list': webseeds.length > 0 ? webseeds.map(bytesOf) : undefined,
    }),
  );
}

/** What both say; a tracker that is there already stays in its tier, and `next`'s own fields go over the others. */
export function mergeMetainfo(before: MetainfoFile, next: MetainfoFile): MetainfoFile {
  const known = new Set(before.trackers.flat());
  const tiers = next.trackers.map(tier => tier.filter(each => !known.has(each)));
  return {
    info: before.info ?? next.info,
    trackers: [...before.trackers, ...tiers.filter(tier => tier.length > 0)],
    webseeds: [...new Set([...before.webseeds, ...next.webseeds])],
    rest: new Map([...before.rest, ...next.rest]),
  };
}

/** As JSON has them: text, numbers and lists of both; dictionaries and bytes that are no text are left out. */
export function plainField(file: MetainfoFile, key: string): unknown {
  return plain(file.rest.get(key));
}

function plain(value: BValue | undefined): unknown {
  if (value instanceof Uint8Array) return textOf(value);
  if (Array.isArray(value)) return value.map(plain);
  return typeof value === 'number' ? value : undefined;
}

function listOf(value: BValue | undefined): BValue[] {
  return Array.isArray(value) ? value : [];
}

/** One text, or a list of them. */
function texts(value: BValue | undefined): string[] {
  const all = value instanceof Uint8Array ? [value] : listOf(value);
  return all.flatMap(each => (each instanceof Uint8Array ? (textOf(each) ?? []) : [])).filter(text => text !== '');
}

function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function bytesOf(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}
