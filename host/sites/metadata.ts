/** What a site says of a file, field by field: what cannot be right is dropped, never passed on. */

import { type Id, parseId, parseInfoHash } from '../../shared/id.ts';
import type { RequestMetadata } from '../core/stored.ts';
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
): { id: Id; metadata: RequestMetadata } | undefined {
  if (!isObject(value)) return undefined;
  const id = parseId(value.sha1 ?? value.id);
  if (!id) return undefined;
  return {
    id,
    metadata: {
      infoHash: parseInfoHash(value.info_hash) ?? null,
      size: sizeOf(value.size),
      extension: typeof value.extension === 'string' && /^[a-z0-9]{1,10}$/.test(value.extension) ? value.extension : '',
      sha256:
        typeof value.sha256 === 'string' && /^[0-9a-f]{64}$/i.test(value.sha256) ? value.sha256.toLowerCase() : null,
      trackers: checkTrackers(value.trackers, options),
      webseeds: checkUrls(value.webseeds, /^https?:$/, MAX_WEBSEEDS, options),
      torrent: torrentOf(value.torrent),
      peers: checkPeers(value.peers, options),
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

function torrentOf(value: unknown): string | null {
  if (typeof value !== 'string' || value === '' || value.length > MAX_TORRENT) return null;
  return /^[A-Za-z0-9+/]+={0,2}$/.test(value) ? value : null;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
