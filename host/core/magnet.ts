/** Names of a torrent as people pass them on: 40 hex digits, 32 of base32, magnet links (BEP 9). Pure. */

import { LsdError } from '../../shared/errors.ts';
import { type InfoHash, parseInfoHash } from '../../shared/id.ts';
import type { TorrentSource } from './held-torrents.ts';

export interface Magnet extends TorrentSource {
  /** `xs` */
  exactSources: string[];
}

/** as many of each kind as one link may name */
const MOST = 100;
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** The hash that `text` writes, in hex or base32 of either case. Throws `invalid`, naming what is wrong. */
export function readInfoHash(text: string): InfoHash {
  const hash = parseInfoHash(text) ?? fromBase32(text);
  if (hash) return hash;
  throw new LsdError(
    'invalid',
    `This is no info hash: it must be 40 hexadecimal digits or 32 of base32, and it is ${text.length} characters${text.length === 40 || text.length === 32 ? ' of another kind' : ' long'}.`,
  );
}

/** Throws `invalid` for what is no magnet link of a version 1 torrent. */
export function readMagnet(text: string): Magnet {
  const match = /^magnet:\?(.*)$/is.exec(text);
  if (!match) throw new LsdError('invalid', 'This is no magnet link: it must begin with "magnet:?".');
  const params = [...new URLSearchParams(match[1])];
  // Parameters may be numbered: tr.1, tr.2.
  const all = (name: string) =>
    params.filter(([key]) => key.replace(/\.\d+$/, '').toLowerCase() === name).map(([, value]) => value);
  const topics = all('xt');
  const topic = topics.find(each => /^urn:btih:/i.test(each));
  if (topic === undefined) {
    throw new LsdError(
      'invalid',
      topics.some(each => /^urn:btmh:/i.test(each))
        ? 'This magnet link names a version 2 torrent alone (urn:btmh); only version 1 torrents (urn:btih) can be fetched.'
        : 'This magnet link names no torrent: it has no xt=urn:btih:HASH.',
    );
  }
  return {
    infoHash: readInfoHash(topic.slice('urn:btih:'.length)),
    trackers: all('tr').slice(0, MOST),
    webseeds: all('ws').slice(0, MOST),
    peers: all('x.pe').slice(0, MOST),
    exactSources: all('xs').slice(0, MOST),
  };
}

function fromBase32(text: string): InfoHash | undefined {
  if (!/^[a-z2-7]{32}$/i.test(text)) return undefined;
  let bits = 0n;
  for (const digit of text.toLowerCase()) bits = (bits << 5n) | BigInt(BASE32.indexOf(digit));
  return parseInfoHash(bits.toString(16).padStart(40, '0'));
}
