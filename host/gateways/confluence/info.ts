/** `/info` and `/metainfo`: what describes a torrent, as bytes and as JSON. */

import type * as v from 'valibot';
import { LsdError } from '../../../shared/errors.ts';
import { BencodeError } from '../../core/bencode.ts';
import type { Description, HeldTorrent } from '../../core/held-torrents.ts';
import { readInfoHash } from '../../core/magnet.ts';
import { type MetainfoFile, plainField, readMetainfoFile, writeMetainfoFile } from '../../core/metainfo-file.ts';
import { send } from '../web/send.ts';
import { type Asked, sendJson, sendText, wantsJson } from './asked.ts';
import type { TORRENT_NOW } from './queries.ts';

type Named = v.InferOutput<typeof TORRENT_NOW>;

/** The bencoded info dictionary, whose SHA-1 is the hash. */
export async function info(asked: Asked, { source, nowait }: Named): Promise<void> {
  using torrent = asked.torrents.hold(source);
  const description = await described(asked, torrent, nowait ?? false);
  if (description) send(asked, 'application/octet-stream', description.info);
}

export async function metainfo(asked: Asked, { source, nowait }: Named): Promise<void> {
  using torrent = asked.torrents.hold(source);
  const description = await described(asked, torrent, nowait ?? false);
  if (!description) return;
  const file = { ...torrent.metainfo(), info: description.info };
  if (wantsJson(asked)) sendJson(asked, inJson(file, description.info));
  else send(asked, 'application/x-bittorrent', writeMetainfoFile(file));
}

/** What a posted `.torrent` file says; throws `invalid`. */
export function posted(body: Uint8Array, hash: string | undefined): Parameters<Asked['torrents']['describe']> {
  const infoHash = hash === undefined ? null : readInfoHash(hash);
  try {
    return [readMetainfoFile(body), infoHash];
  } catch (thrown) {
    if (!(thrown instanceof BencodeError)) throw thrown;
    throw new LsdError('invalid', `This is no metainfo: ${thrown.message}.`, { cause: thrown });
  }
}

/** Undefined: it is not known yet, nobody wants to wait, and that is answered. */
async function described(asked: Asked, torrent: HeldTorrent, isHasty: boolean): Promise<Description | undefined> {
  if (isHasty && !torrent.known()) {
    sendText(asked, 'info not ready\n', 202);
    return undefined;
  }
  return asked.watch.wait(torrent.description(asked.watch.signal));
}

/** What is empty is left out. */
function inJson(file: MetainfoFile, infoBytes: Uint8Array): object {
  const { trackers, webseeds } = file;
  return {
    info: Buffer.from(infoBytes).toString('base64'),
    ...(trackers.length > 0 && { announce: trackers.flat()[0], announceList: trackers }),
    nodes: plainField(file, 'nodes'),
    creationDate: plainField(file, 'creation date'),
    comment: plainField(file, 'comment'),
    createdBy: plainField(file, 'created by'),
    encoding: plainField(file, 'encoding'),
    ...(webseeds.length > 0 && { urlList: webseeds }),
  };
}
