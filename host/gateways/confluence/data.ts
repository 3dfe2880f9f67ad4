/** `/data` and `/data/infohash/…`: the bytes of a file of a torrent, or of all of it. */

import { LsdError } from '../../../shared/errors.ts';
import type { Description, HeldFile, HeldTorrent } from '../../core/held-torrents.ts';
import { readInfoHash } from '../../core/magnet.ts';
import { namedTypeHeaders } from '../../http/disposition.ts';
import { sendContent } from '../../http/send.ts';
import { type Asked, held } from './asked.ts';
import { sendListing } from './listing.ts';

const PREFIX = '/data/infohash/';

/** Bytes of the torrent, and what they are called. */
interface Part {
  offset: number;
  length: number;
  /** within the torrent; empty: the whole of it */
  path: string[];
  name: string;
}

/** `/data?ih=…&path=…` */
export async function data(asked: Asked): Promise<void> {
  using torrent = held(asked);
  const path = asked.query.get('path');
  const description = await asked.watch.wait(torrent.description(asked.watch.signal));
  const file = path === null ? whole(description) : fileAt(description, path);
  await sendPart(asked, torrent, file ?? missing());
}

export function isDataPath(path: string): boolean {
  return path.startsWith(PREFIX);
}

/** `/data/infohash/HEX/…`: the whole torrent, a file, or the list of a folder. */
export async function dataByPath(asked: Asked): Promise<void> {
  const [hash = '', ...components] = asked.path.slice(PREFIX.length).split('/');
  using torrent = asked.torrents.hold({ infoHash: readInfoHash(hash), trackers: [], webseeds: [], peers: [] });
  const path = decoded(components.join('/'));
  const description = await asked.watch.wait(torrent.description(asked.watch.signal));
  if (components.length === 0) return redirectToFolder(asked);
  const part = path === '' ? whole(description) : fileAt(description, path);
  if (part) return sendPart(asked, torrent, part);
  const folder = path.endsWith('/') ? path : `${path}/`;
  const inside = description.files.filter(file => pathOf(file).startsWith(folder));
  if (inside.length === 0) return missing();
  if (!path.endsWith('/')) return redirectToFolder(asked);
  sendListing(asked, { infoHash: torrent.infoHash, folder, inside });
}

async function sendPart(asked: Asked, torrent: HeldTorrent, part: Part): Promise<void> {
  const { exchange, query, watch } = asked;
  await using content = torrent.open(part);
  const etag = `"${torrent.infoHash}/${part.path.map(encodeURIComponent).join('/')}"`;
  const headers = {
    ...namedTypeHeaders(part.name, query.get('filename') ?? part.name),
    'Cache-Control': 'private, no-cache',
  };
  await sendContent(exchange, { content, etag, headers, ranges: 'go' }, watch);
}

function whole({ name, length }: Description): Part {
  return { offset: 0, length, path: [], name };
}

export function fileAt({ files }: Description, path: string): Part | undefined {
  const file = path === '' ? undefined : files.find(each => pathOf(each) === path);
  return file && { ...file, name: file.path.at(-1) ?? '' };
}

function pathOf({ path }: HeldFile): string {
  return path.join('/');
}

function missing(): never {
  throw new LsdError('not-found', 'file not found');
}

/** What cannot be decoded names nothing. */
function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return missing();
  }
}

function redirectToFolder({ exchange, path, query }: Asked): void {
  const rest = query.size > 0 ? `?${query}` : '';
  exchange.res.writeHead(301, { ...exchange.headers, Location: `${path}/${rest}`, 'Content-Length': 0 }).end();
}
