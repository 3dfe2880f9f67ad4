/** What a site says of a file, field by field: what cannot be right is dropped, never passed on. */

import { createHash } from 'node:crypto';
import { type Id, type InfoHash, parseId, parseInfoHash } from '../../shared/id.ts';
import { ascii, BencodeError, decode, isDict } from '../core/bencode.ts';
import type { Description } from '../core/stored.ts';
import { classOf, isAllowed } from '../platform/addresses.ts';

const MAX_TRACKERS = 20;
const MAX_WEBSEEDS = 10;
const MAX_PEERS = 200;
const MAX_URL = 2048;
/** Base64 of metainfo; BitTorrent's own metadata is at most 16 MiB, and so is the whole reply. */
const MAX_TORRENT = 16 * 1_048_576;

/** The id and the checked fields; undefined where there is no id. */
export function checkMetadata(
  value: unknown,
  options: { lan: boolean },
): { id: Id; description: Description } | undefined {
  if (!isObject(value)) return undefined;
  const id = parseId(value.sha1 ?? value.id);
  if (!id) return undefined;
  const infoHash = parseInfoHash(value.info_hash) ?? null;
  return {
    id,
    description: {
      metadata: {
        infoHash,
        size: sizeOf(value.size),
        extension:
          typeof value.extension === 'string' && /^[a-z0-9]{1,10}$/.test(value.extension) ? value.extension : '',
        sha256:
          typeof value.sha256 === 'string' && /^[0-9a-f]{64}$/i.test(value.sha256) ? value.sha256.toLowerCase() : null,
      },
      places: {
        trackers: checkTrackers(value.trackers, options),
        webseeds: checkUrls(value.webseeds, /^https?:$/, MAX_WEBSEEDS, options),
        peers: checkPeers(value.peers, options),
      },
      torrent: torrentOf(value.torrent, infoHash),
    },
  };
}

/** Tracker URLs that may be tried; what a name resolves to is checked again when it is connected to. */
export function checkTrackers(value: unknown, options: { lan: boolean }): string[] {
  return checkUrls(value, /^(https?|wss?|udp):$/, MAX_TRACKERS, options);
}

/** `host:port`, an address or a name. */
export function checkPeers(value: unknown, options: { lan: boolean }): string[] {
  const peers = texts(value).filter(text => isPeer(text, options));
  return [...new Set(peers)].slice(0, MAX_PEERS);
}

function checkUrls(value: unknown, schemes: RegExp, max: number, options: { lan: boolean }): string[] {
  const urls = texts(value)
    .filter(text => text.length <= MAX_URL && URL.canParse(text))
    .map(text => new URL(text))
    .filter(url => schemes.test(url.protocol) && url.hostname !== '' && url.username === '' && url.password === '')
    .filter(url => mayConnect(url.hostname, options));
  return [...new Set(urls.map(url => url.href))].slice(0, max);
}

function isPeer(text: string, options: { lan: boolean }): boolean {
  const match = /^(\[[0-9a-f:.]+\]|[a-z0-9.-]{1,253}):(\d{1,5})$/i.exec(text);
  if (!match) return false;
  const port = Number(match[2]);
  return port >= 1 && port <= 65_535 && mayConnect(match[1]!, options);
}

/** Literals are judged here, so that they are not even announced; names when they resolve. */
function mayConnect(host: string, options: { lan: boolean }): boolean {
  const isLiteral = /^[\d.]+$/.test(host) || host.startsWith('[');
  if (!isLiteral) return options.lan || host !== 'localhost';
  return isAllowed(host, options) && classOf(host) !== 'never';
}

function texts(value: unknown): string[] {
  return Array.isArray(value) ? value.filter(item => typeof item === 'string') : [];
}

function sizeOf(value: unknown): number | null {
  const size = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : value;
  return typeof size === 'number' && Number.isSafeInteger(size) && size > 0 ? size : null;
}

/** Metainfo of the info dictionary alone; null where it is not the one that the info hash names. */
function torrentOf(value: unknown, infoHash: InfoHash | null): Uint8Array | null {
  if (infoHash === null || typeof value !== 'string' || value === '' || value.length > MAX_TORRENT) return null;
  if (!/^[A-Za-z0-9+/]+={0,2}$/.test(value)) return null;
  const info = infoOf(Buffer.from(value, 'base64'));
  if (!info || createHash('sha1').update(info).digest('hex') !== infoHash) return null;
  return Buffer.concat([ascii('d4:info'), info, ascii('e')]);
}

function infoOf(torrent: Uint8Array): Uint8Array | undefined {
  try {
    const value = decode(torrent);
    const info = isDict(value) ? value.entries.get('info') : undefined;
    return isDict(info) ? info.raw : undefined;
  } catch (thrown) {
    if (thrown instanceof BencodeError) return undefined;
    throw thrown;
  }
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
