/** `upload_torrent`: what it names, and how it is to be saved. */

import type * as v from 'valibot';
import { decode, isDict } from '../../core/bencode.ts';
import { readMagnet } from '../../core/magnet.ts';
import { readMetainfoFile } from '../../core/metainfo-file.ts';
import type { SaveRequest, TorrentSession } from '../../core/torrent-sessions.ts';
import { refusal } from './failure.ts';
import { isThere, type NEW_TORRENT, type Parameters } from './parameters.ts';

/** security.md, "From peers" */
const METAINFO_BYTES = 16 * 1024 * 1024;

/** Throws `denied` for an address that may not be asked, `site-…` for all else that goes wrong. */
export type FetchTorrent = (url: string, signal: AbortSignal) => Promise<Uint8Array>;

type Wish = v.InferOutput<typeof NEW_TORRENT>;

export function assertOneTarget(params: Parameters): void {
  const given = ['file', 'magnet', 'url'].filter(each => isThere(params.get(each)));
  if (given.length !== 1) throw refusal('upload.target.selectone', 'Give exactly one of file, magnet and url.');
}

export async function saveRequest(
  wish: Wish,
  session: TorrentSession,
  fetchTorrent: FetchTorrent,
  signal: AbortSignal,
): Promise<SaveRequest> {
  const memoryOnly = isMemoryOnly(wish, session);
  return {
    savePath: wish.save_path,
    paused: !(wish.autostart ?? true),
    allocate: wish.storage_mode === 'allocate',
    memoryOnly,
    files: wish.files ?? null,
    ...(wish.priorities && { priorities: wish.priorities }),
    sequential: wish.sequential ?? false,
    torrent: await torrentOf(wish, fetchTorrent, signal),
  };
}

async function torrentOf(
  { magnet, url, file }: Wish,
  fetchTorrent: FetchTorrent,
  signal: AbortSignal,
): Promise<SaveRequest['torrent']> {
  if (magnet !== undefined) return { source: magnetOf(magnet) };
  return { file: metainfoOf(file ?? (await fetchTorrent(webAddress(url ?? ''), signal))) };
}

function magnetOf(link: string): ReturnType<typeof readMagnet> {
  if (/urn:btmh:/i.test(link) && !/urn:btih:/i.test(link)) throw versionTwo();
  return readMagnet(link);
}

function webAddress(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol) && url.username === '' && url.password === '') return url.href;
  throw refusal('param.invalid', 'url must be an http or https address, without a name or password in it.');
}

function metainfoOf(bytes: Uint8Array): Extract<SaveRequest['torrent'], { file: unknown }>['file'] {
  if (bytes.length > METAINFO_BYTES) throw refusal('param.invalid', 'A torrent has 16 MiB at most.');
  const file = readMetainfoFile(bytes);
  const { info } = file;
  if (!info) throw refusal('param.invalid', 'This is no torrent: it has no info dictionary.');
  if (isVersionTwoAlone(info)) throw versionTwo();
  return { ...file, info };
}

/** BEP 52 */
function isVersionTwoAlone(info: Uint8Array): boolean {
  const value = decode(info);
  return isDict(value) && value.entries.get('meta version') === 2 && !value.entries.has('pieces');
}

function versionTwo(): Error {
  return refusal('upload.notsupported', 'This is a version 2 torrent alone; only version 1 torrents can be fetched.');
}

function isMemoryOnly({ memory_only: asked }: Wish, session: TorrentSession): boolean {
  const isOnly = asked ?? session.memoryOnly;
  if (isOnly || !session.memoryOnly) return isOnly;
  throw refusal(
    'param.invalid',
    'A session that is memory_only keeps no torrent: leave memory_only out, or make another session.',
  );
}
