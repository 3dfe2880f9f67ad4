/** `/info` and `/metainfo`: what describes a torrent, as bytes and as JSON. */

import { type BValue, dict, encode } from '../../core/bencode.ts';
import type { Description, HeldTorrent } from '../../core/held-torrents.ts';
import { type Asked, held, isYes, send, sendJson, sendText, wantsJson } from './asked.ts';

/** The bencoded info dictionary, whose SHA-1 is the hash. */
export async function info(asked: Asked): Promise<void> {
  using torrent = held(asked);
  const description = await described(asked, torrent);
  if (description) send(asked, 'application/octet-stream', description.info);
}

export async function metainfo(asked: Asked): Promise<void> {
  using torrent = held(asked);
  const description = await described(asked, torrent);
  if (!description) return;
  const { trackers, webseeds } = torrent.places;
  if (!wantsJson(asked)) return send(asked, 'application/x-bittorrent', bencoded(description.info, trackers, webseeds));
  sendJson(asked, {
    info: base64(description.info),
    ...(trackers.length > 0 && { announce: trackers[0], announceList: trackers.map(each => [each]) }),
    ...(webseeds.length > 0 && { urlList: webseeds }),
  });
}

/** Undefined: it is not known yet, nobody wants to wait, and that is answered. */
async function described(asked: Asked, torrent: HeldTorrent): Promise<Description | undefined> {
  if (isYes(asked.query.get('nowait')) && !torrent.known()) {
    sendText(asked, 'info not ready\n', 202);
    return undefined;
  }
  return asked.watch.wait(torrent.description(asked.watch.signal));
}

function bencoded(infoBytes: Uint8Array, trackers: string[], webseeds: string[]): Uint8Array {
  const bytes = (text: string) => new TextEncoder().encode(text);
  const [announce] = trackers;
  const before: Record<string, BValue | undefined> = {
    announce: announce === undefined ? undefined : bytes(announce),
    // a tier each, as a magnet link names no tiers
    'announce-list': trackers.length > 1 ? trackers.map(each => [bytes(each)]) : undefined,
  };
  // The info dictionary stays the very bytes that its hash is of.
  const head = encode(dict(before)).subarray(0, -1);
  const tail = encode(dict({ 'url-list': webseeds.length > 0 ? webseeds.map(bytes) : undefined })).subarray(1);
  return joined([head, bytes('4:info'), infoBytes, tail]);
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function base64(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('base64');
}
