/** `xs` of a magnet link: URLs of its `.torrent` file, and what may be taken over from what they give. */

import type { InfoHash } from '../../../shared/id.ts';
import { type MetainfoFile, readMetainfoFile } from '../../core/metainfo-file.ts';
import { parseInfo } from '../metainfo.ts';
import { infoHashOf } from '../metainfo-store.ts';

/** as many of one magnet link are asked */
const MOST_SOURCES = 8;

/** Those that can be asked. */
export function askedSources(urls: Iterable<string>): string[] {
  return [...urls].filter(isWeb).slice(0, MOST_SOURCES);
}

/** Throws where it is no sound torrent, or another than that of the link. */
export function readSource(torrent: Uint8Array, infoHash: InfoHash): MetainfoFile & { info: Uint8Array } {
  const file = readMetainfoFile(torrent);
  const { info } = file;
  if (!info || infoHashOf(info) !== infoHash) throw new Error('it is of another torrent');
  parseInfo(info);
  return { ...file, info };
}

function isWeb(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}
