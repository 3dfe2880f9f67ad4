/** `/files` and `/playlist.m3u8`: what is in a torrent, each file with the URL that plays it. */

import type * as v from 'valibot';
import type { InfoHash } from '../../../shared/id.ts';
import type { Description, HeldFile, HeldTorrent } from '../../core/held-torrents.ts';
import { PLAYLIST_TYPE, playlistOf, typeOf } from '../web/playlist.ts';
import { send } from '../web/send.ts';
import { type Asked, sendJson } from './asked.ts';
import { urlTo } from './links.ts';
import { type PLAYLIST, readQuery, TORRENT } from './queries.ts';

export async function files(asked: Asked, { source }: v.InferOutput<typeof TORRENT>): Promise<void> {
  using torrent = asked.torrents.hold(source);
  const description = await asked.watch.wait(torrent.description(asked.watch.signal));
  const { name, length, pieceLength } = description;
  const { infoHash } = torrent;
  sendJson(asked, {
    infoHash,
    name,
    length,
    pieceLength,
    files: description.files.map(file => ({
      path: file.path.join('/'),
      length: file.length,
      type: typeOf(file.path),
      // Bytes of pieces that are here, which others than the file's own may be among.
      progress: progressOf(torrent, description, file),
      url: urlTo(asked, infoHash, file),
    })),
  });
}

/** Of one torrent, or of all that are held and described. */
export async function playlist(asked: Asked, { ih, magnet }: v.InferOutput<typeof PLAYLIST>): Promise<void> {
  if (ih === undefined && magnet === undefined) {
    const known = asked.torrents
      .list()
      .flatMap(({ infoHash, description }) => description?.files.map(file => ({ infoHash, file })) ?? []);
    return sendPlaylist(asked, known);
  }
  using torrent = asked.torrents.hold(readQuery(TORRENT, asked.query).source);
  const description = await asked.watch.wait(torrent.description(asked.watch.signal));
  sendPlaylist(
    asked,
    description.files.map(file => ({ infoHash: torrent.infoHash, file })),
  );
}

function sendPlaylist(asked: Asked, all: readonly { infoHash: InfoHash; file: HeldFile }[]): void {
  const playable = all.map(({ infoHash, file }) => ({ ...file, url: urlTo(asked, infoHash, file) }));
  send(asked, PLAYLIST_TYPE, playlistOf(playable));
}

function progressOf(
  torrent: HeldTorrent,
  { pieceLength, length: whole }: Description,
  { offset, length }: HeldFile,
): number {
  if (length === 0) return 1;
  const first = Math.floor(offset / pieceLength);
  const last = Math.floor((offset + length - 1) / pieceLength);
  let here = 0;
  for (let piece = first; piece <= last; piece++) {
    if (!torrent.piece(piece).isHere) continue;
    const end = Math.min(whole, offset + length, (piece + 1) * pieceLength);
    here += end - Math.max(offset, piece * pieceLength);
  }
  return here / length;
}
