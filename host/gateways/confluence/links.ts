/** URLs by which players read files of a torrent. */

import type { InfoHash } from '../../../shared/id.ts';
import type { HeldFile } from '../../core/held-torrents.ts';
import type { Asked } from './asked.ts';

/** The path of a file, or of a folder that ends with a slash, as this port knows it. */
export function pathTo(infoHash: InfoHash, path: string): string {
  const encoded = path
    .split('/')
    .map(part => encodeURIComponent(part.toWellFormed()))
    .join('/');
  return `/data/infohash/${infoHash}/${encoded}`;
}

/** The whole URL, as the client named this port; with the token, where it came in the query: players send no headers. */
export function urlTo({ exchange, query }: Asked, infoHash: InfoHash, { path }: HeldFile): string {
  const token = query.get('token');
  const rest = token === null ? '' : `?token=${encodeURIComponent(token)}`;
  return `http://${exchange.req.headers.host}${pathTo(infoHash, path.join('/'))}${rest}`;
}
