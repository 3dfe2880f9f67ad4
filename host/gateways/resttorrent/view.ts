/** What callers are told of sessions and torrents. */

import type { SavedStatus, SavedTorrent, TorrentSession, Trouble } from '../../core/torrent-sessions.ts';
import type { RestCode } from './failure.ts';

const TROUBLES: Record<Trouble['reason'], RestCode> = {
  'port-in-use': 'port.inuse',
  'no-space': 'limit.reached',
  unwritable: 'access.denied',
  denied: 'access.denied',
  invalid: 'param.invalid',
  internal: 'internal',
};

export function sessionView({ id, port, trouble }: TorrentSession): Record<string, unknown> {
  return { id, port, ...(trouble && { error: errorView(trouble) }) };
}

/** `T` of the contract. */
export function torrentView({ infoHash, state, progress, rates, peers, paused, trouble, rests }: SavedStatus) {
  return {
    info_hash: infoHash,
    state,
    progress,
    download_rate: Math.round(rates.down),
    upload_rate: Math.round(rates.up),
    num_peers: peers,
    paused,
    ...(rests && { reason: rests }),
    ...(trouble && { error: errorView(trouble) }),
  };
}

function errorView({ reason, message }: Trouble): { code: RestCode; message: string } {
  return { code: TROUBLES[reason], message };
}

/** Each by its name, made when it is asked for: files can be 100,000, and peers are the engine's to tell. */
const EXTENDED: Record<string, (session: TorrentSession, torrent: SavedTorrent) => unknown> = {
  name: (_, torrent) => torrent.description()?.name ?? null,
  size: (_, torrent) => torrent.description()?.length ?? null,
  pieces: (_, torrent) => torrent.description()?.pieceCount ?? null,
  save_path: (_, torrent) => torrent.savePath,
  trackers: (_, torrent) => trackersView(torrent),
  files: filesView,
};

/** `fields` null: `T`, or all of them where it is `extended`. Names that are none are passed over. */
export async function torrentFields(
  session: TorrentSession,
  torrent: SavedTorrent,
  fields: readonly string[] | null,
  extended: boolean,
): Promise<Record<string, unknown>> {
  const plain: Record<string, unknown> = torrentView(torrent.status());
  const names = fields ?? (extended ? [...Object.keys(plain), ...Object.keys(EXTENDED)] : Object.keys(plain));
  const chosen: Record<string, unknown> = {};
  for (const name of names) {
    if (Object.hasOwn(plain, name)) chosen[name] = plain[name];
    else if (Object.hasOwn(EXTENDED, name)) chosen[name] = await EXTENDED[name]?.(session, torrent);
  }
  return chosen;
}

/** The path of a file's bytes, or of a folder, as this port knows it. */
export function dataUrl(session: string, infoHash: string, path: string): string {
  const encoded = path.split('/').map(part => encodeURIComponent(part.toWellFormed()));
  return `/v1/sessions/${session}/torrents/${infoHash}/data/${encoded.join('/')}`;
}

export function filesView({ id }: TorrentSession, torrent: SavedTorrent): object[] {
  const base = `/v1/sessions/${id}/torrents/${torrent.infoHash}/files`;
  return torrent.files().map(({ path, size, progress, wanted, priority }, index) => ({
    index,
    path: path.join('/'),
    size,
    progress,
    wanted,
    priority,
    url: `${base}/${index}/data`,
  }));
}

export async function peersView(torrent: SavedTorrent): Promise<object[]> {
  return (await torrent.peers()).map(({ address, port, client, progress, rates }) => ({
    address,
    port,
    client,
    progress,
    download_rate: Math.round(rates.down),
    upload_rate: Math.round(rates.up),
  }));
}

export function trackersView(torrent: SavedTorrent): Promise<object[]> {
  return torrent.trackers();
}
