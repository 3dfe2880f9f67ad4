/** What an info dictionary calls things, for those who ask for a file by its name: as it is written, not as a disk would take it. */

import { type BValue, decode, isDict } from '../core/bencode.ts';
import type { Description } from '../core/held-torrents.ts';
import type { Metainfo } from './metainfo.ts';

/** BitComet's, from before BEP 47 */
export function isPaddingName(name: string): boolean {
  return name.startsWith('_____padding_file_');
}

/** Of 100,000 files it takes a while, and several ask for it. */
const made = new WeakMap<Metainfo, Description>();

export function describe(metainfo: Metainfo): Description {
  const description = made.get(metainfo) ?? read(metainfo);
  made.set(metainfo, description);
  return description;
}

function read(metainfo: Metainfo): Description {
  const { info, pieceLength, pieceCount, length } = metainfo;
  const value = decode(info);
  const entries = isDict(value) ? value.entries : new Map<string, BValue>();
  const name = text(entries.get('name.utf-8') ?? entries.get('name'));
  const list = entries.get('files');
  const written = Array.isArray(list) ? list.map(fileOf) : [{ path: [name], isPadding: false }];
  const files = metainfo.files.map(({ length: bytes, offset }, at) => ({ ...written[at]!, length: bytes, offset }));
  const shown = files.filter(({ isPadding }) => !isPadding);
  return {
    info,
    name,
    pieceLength,
    pieceCount,
    length,
    files: shown.map(({ path, length: bytes, offset }) => ({ path, length: bytes, offset })),
  };
}

function fileOf(item: BValue): { path: string[]; isPadding: boolean } {
  const entries = isDict(item) ? item.entries : new Map<string, BValue>();
  const parts = entries.get('path.utf-8') ?? entries.get('path');
  const path = Array.isArray(parts) ? parts.map(text) : [];
  const isPadding = text(entries.get('attr')).includes('p') || isPaddingName(path.at(-1) ?? '');
  return { path, isPadding };
}

const UTF8 = new TextDecoder();

function text(value: BValue | undefined): string {
  return value instanceof Uint8Array ? UTF8.decode(value) : '';
}
