/** One request to the Confluence gateway: what it names, and the short ways to answer it. */

import { LsdError } from '../../../shared/errors.ts';
import type { HeldTorrent, HeldTorrents, TorrentSource } from '../../core/held-torrents.ts';
import { readInfoHash, readMagnet } from '../../core/magnet.ts';
import type { Exchange } from '../../http/server.ts';
import type { Watch } from '../../http/watch.ts';

export interface Asked {
  exchange: Exchange;
  /** of the URL, as it was sent */
  path: string;
  query: URLSearchParams;
  watch: Watch;
  torrents: HeldTorrents;
}

export type Route = (asked: Asked) => Promise<void> | void;

/** `magnet` wins. Throws `invalid` where neither names a torrent. */
export function sourceOf(query: URLSearchParams): TorrentSource {
  const magnet = query.get('magnet');
  if (magnet !== null) return readMagnet(magnet);
  const hash = query.get('ih');
  if (hash !== null) return { infoHash: readInfoHash(hash), trackers: [], webseeds: [], peers: [] };
  throw new LsdError('invalid', 'Name a torrent: ?ih=INFOHASH or ?magnet=LINK.');
}

/** Held until it is disposed. */
export function held({ torrents, query }: Asked): HeldTorrent {
  return torrents.hold(sourceOf(query));
}

export function isYes(value: string | null): boolean {
  return value === '1' || value === 'true';
}

export function wantsJson({ exchange }: Asked): boolean {
  return exchange.req.headers.accept?.toString().trim() === 'application/json';
}

export function sendJson(asked: Asked, value: unknown): void {
  send(asked, 'application/json; charset=utf-8', new TextEncoder().encode(JSON.stringify(value)));
}

export function sendText(asked: Asked, text: string, status = 200): void {
  send(asked, 'text/plain; charset=utf-8', new TextEncoder().encode(text), status);
}

/** All of it at once. */
export function send({ exchange }: Asked, type: string, body: Uint8Array, status = 200): void {
  const { req, res, headers } = exchange;
  res.writeHead(status, {
    ...headers,
    'Content-Type': type,
    'Cache-Control': 'no-store',
    'Content-Length': body.length,
  });
  if (req.method !== 'HEAD' && body.length > 0) res.write(body);
  res.end();
}
