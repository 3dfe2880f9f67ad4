/** Playlists (M3U, in UTF-8) of what can be played in torrents. */

import { extensionOf, fileType } from '../../../shared/file-types.ts';

export const PLAYLIST_TYPE = 'audio/x-mpegurl; charset=utf-8';

export interface Playable {
  /** components, as the torrent writes them */
  path: readonly string[];
  /** bytes */
  length: number;
  url: string;
}

/** Without what is neither sound nor video, or empty. */
export function playlistOf(all: readonly Playable[]): Uint8Array {
  const lines = all.filter(isPlayed).flatMap(({ path, url }) => [`#EXTINF:-1,${titleOf(path)}`, url]);
  return new TextEncoder().encode(`${['#EXTM3U', ...lines].join('\n')}\n`);
}

/** By its name. */
export function typeOf(path: readonly string[]): string {
  return fileType(extensionOf(path.at(-1) ?? '')).type;
}

function isPlayed({ path, length }: Playable): boolean {
  return /^(audio|video)\//.test(typeOf(path)) && length > 0;
}

/** A name is a stranger's: it must not become a line of its own. */
function titleOf(path: readonly string[]): string {
  return path.join(' / ').replace(/\p{Cc}/gu, ' ');
}
