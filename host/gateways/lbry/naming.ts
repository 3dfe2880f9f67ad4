/** What a caller wants to get: a claim by its URL, or bytes by a hash or a magnet link. */

import { LsdError } from '../../../shared/errors.ts';
import { parseInfoHash } from '../../../shared/id.ts';
import type { TorrentSource } from '../../core/held-torrents.ts';
import type { FoundClaim, LbryClaims, ResolvedClaim } from '../../core/lbry-claims.ts';
import type { FileSource } from '../../core/lbry-files.ts';
import { readInfoHash, readMagnet } from '../../core/magnet.ts';
import { INVALID_PARAMS, rpcError } from './rpc-error.ts';

export interface Named {
  uri?: string;
  name?: string;
  sd_hash?: string;
  btih?: string;
}

export interface Target {
  /** the first is taken where it can be had, else the next */
  sources: FileSource[];
  claim: ResolvedClaim | null;
  /** of the file, as its publisher calls it */
  fileName: string | null;
}

/** Throws what is said to callers: `not-found` and the like for a claim that is not there, an RPC error for what names nothing. */
export async function targetOf(named: Named, claims: LbryClaims, signal: AbortSignal): Promise<Target> {
  const { uri, name, sd_hash, btih } = named;
  if (btih !== undefined) return bare(torrentOf(btih));
  if (sd_hash !== undefined) return bare(streamOf(sd_hash));
  const url = uri ?? name;
  if (url === undefined) {
    throw rpcError(INVALID_PARAMS, 'Missing required parameters for get command: uri');
  }
  if (isTorrent(url)) return bare(torrentOf(url));
  return claimTarget(url, claims, signal);
}

/** Also in the place of a URL: a magnet link, or an info hash that no name could be meant by. */
function isTorrent(text: string): boolean {
  return /^magnet:/i.test(text) || parseInfoHash(text) !== undefined;
}

async function claimTarget(url: string, claims: LbryClaims, signal: AbortSignal): Promise<Target> {
  if (/^(lbry:\/\/)?@[^/]*$/.test(url)) throw new LsdError('not-found', `Invalid LBRY stream URL: '${url}'`);
  const found = (await claims.resolve([url], signal)).get(url);
  if (!found) throw new LsdError('not-found', `Could not find claim at "${url}".`);
  if ('error' in found) throw new LsdError('not-found', found.error.text);
  return { sources: sourcesOf(found, url), claim: found.claim, fileName: found.sources.fileName };
}

/** A claim with both is fetched as a torrent, and as a stream where that fails. */
function sourcesOf({ sources: { infoHash, sdHash } }: FoundClaim, url: string): FileSource[] {
  const all = [...(infoHash === null ? [] : [torrentOf(infoHash)]), ...(sdHash === null ? [] : [streamOf(sdHash)])];
  if (all.length > 0) return all;
  throw new LsdError('not-found', `The claim at "${url}" names nothing that can be downloaded.`);
}

function bare(source: FileSource): Target {
  return { sources: [source], claim: null, fileName: null };
}

function torrentOf(text: string): FileSource {
  const source = readTorrent(text);
  return { kind: 'btih', hash: source.infoHash, torrent: { source } };
}

function readTorrent(text: string): TorrentSource {
  try {
    if (/^magnet:/i.test(text)) return readMagnet(text);
    return { infoHash: readInfoHash(text), trackers: [], webseeds: [], peers: [] };
  } catch (thrown) {
    if (!(thrown instanceof LsdError)) throw thrown;
    throw rpcError(INVALID_PARAMS, `Wrong parameters for get command: ${thrown.message}`);
  }
}

function streamOf(text: string): FileSource {
  const hash = text.toLowerCase();
  if (/^[0-9a-f]{96}$/.test(hash)) return { kind: 'sd', hash };
  throw rpcError(INVALID_PARAMS, 'Wrong parameters for get command: sd_hash must be 96 hexadecimal digits.');
}
