/** `/data` and `/data/infohash/…`: the bytes of a file of a torrent, or of all of it. */

import type * as v from 'valibot';
import { LsdError } from '../../../shared/errors.ts';
import type { Content } from '../../core/content.ts';
import type { Description, HeldFile, HeldTorrent } from '../../core/held-torrents.ts';
import { readInfoHash } from '../../core/magnet.ts';
import { namedTypeHeaders } from '../../http/disposition.ts';
import { sendContent } from '../../http/send.ts';
import { indexOf } from '../web/file-index.ts';
import { listingOf } from '../web/listing.ts';
import type { Preloads } from '../web/preload.ts';
import { send } from '../web/send.ts';
import { type Asked, sendText, wantsJson } from './asked.ts';
import { pathTo } from './links.ts';
import type { DATA, DATA_BY_PATH } from './queries.ts';

const PREFIX = '/data/infohash/';

/** Bytes of the torrent, and what they are called. */
interface Part {
  offset: number;
  length: number;
  /** within the torrent; empty: the whole of it */
  path: string[];
  name: string;
}

type How = v.InferOutput<typeof DATA_BY_PATH>;

export interface Data {
  /** `/data?ih=…&path=…` */
  byQuery(asked: Asked, query: v.InferOutput<typeof DATA>): Promise<void>;
  /** `/data/infohash/HEX/…`: the whole torrent, a file, or the list of a folder. */
  byPath(asked: Asked, query: How): Promise<void>;
}

export function isDataPath(path: string): boolean {
  return path.startsWith(PREFIX);
}

export function createData(preloads: Preloads): Data {
  async function give(asked: Asked, torrent: HeldTorrent, part: Part, how: How): Promise<void> {
    if (how.preload === undefined) return sendPart(asked, torrent, part, how.filename ?? part.name);
    const key = `${torrent.infoHash} ${part.offset} ${part.length}`;
    preloads.begin(key, how.preload, () => heldContent(torrent.again(), part), torrent.dropped);
    sendText(asked, 'preloading\n', 202);
  }

  return {
    async byQuery(asked, { source, path, ...how }) {
      using torrent = asked.torrents.hold(source);
      const description = await asked.watch.wait(torrent.description(asked.watch.signal));
      const part = path === undefined ? whole(description) : fileAt(description, path);
      await give(asked, torrent, part ?? missing(), how);
    },
    async byPath(asked, how) {
      const [hash = '', ...components] = asked.path.slice(PREFIX.length).split('/');
      using torrent = asked.torrents.hold({ infoHash: readInfoHash(hash), trackers: [], webseeds: [], peers: [] });
      const path = decoded(components.join('/'));
      const description = await asked.watch.wait(torrent.description(asked.watch.signal));
      if (components.length === 0) return redirectToFolder(asked);
      const part = path === '' ? whole(description) : fileAt(description, path);
      if (part) return give(asked, torrent, part, how);
      const folder = path.endsWith('/') ? path : `${path}/`;
      const entries = indexOf(description).folder(folder) ?? missing();
      if (!path.endsWith('/')) return redirectToFolder(asked);
      const as = wantsJson(asked) ? 'json' : 'page';
      const { type, body } = listingOf(folder, entries, {
        as,
        name: description.name,
        urlOf: each => pathTo(torrent.infoHash, each),
      });
      send(asked, type, body);
    },
  };
}

/** Lets go of the torrent when it is closed. */
function heldContent(torrent: HeldTorrent, part: Part): Content {
  const content = torrent.open(part);
  return {
    ...content,
    async [Symbol.asyncDispose]() {
      await content[Symbol.asyncDispose]();
      torrent[Symbol.dispose]();
    },
  };
}

async function sendPart(asked: Asked, torrent: HeldTorrent, part: Part, shownAs: string): Promise<void> {
  const { exchange, watch } = asked;
  await using content = torrent.open(part);
  const etag = `"${torrent.infoHash}/${part.path.map(each => encodeURIComponent(each.toWellFormed())).join('/')}"`;
  const headers = { ...namedTypeHeaders(part.name, shownAs), 'Cache-Control': 'private, no-cache' };
  // Who may ask is told by what does not change from one request to the next that is alike.
  const mayAgain = () => {
    asked.count();
    return torrent.refresh();
  };
  await sendContent(exchange, { content, etag, headers, ranges: 'go', mayAgain }, watch);
}

function whole({ name, length }: Description): Part {
  return { offset: 0, length, path: [], name };
}

export function fileAt(description: Description, path: string): Part | undefined {
  const file: HeldFile | undefined = indexOf(description).file(path);
  return file && { ...file, name: file.path.at(-1) ?? '' };
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
