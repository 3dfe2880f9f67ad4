/** `/fileState` and `/verifyData`: how the pieces of a torrent stand. */

import type * as v from 'valibot';
import { LsdError } from '../../../shared/errors.ts';
import type { Description, HeldFile, HeldTorrent, PieceState } from '../../core/held-torrents.ts';
import { send } from '../web/send.ts';
import { type Asked, sendText } from './asked.ts';
import { fileAt } from './data.ts';
import type { FILE, TORRENT } from './queries.ts';

/** As the original numbers them. */
const PRIORITY: Record<PieceState['wanted'], number> = { no: 0, ahead: 3, next: 4, now: 5 };

/** One item a piece that the file touches; `Bytes` are those of the file. */
export async function fileState(asked: Asked, { source, path }: v.InferOutput<typeof FILE>): Promise<void> {
  using torrent = asked.torrents.hold(source);
  const description = await asked.watch.wait(torrent.description(asked.watch.signal));
  const file = fileAt(description, path ?? '');
  if (!file) throw new LsdError('not-found', 'file not found');
  const json = new TextEncoder().encode(JSON.stringify(statesOf(torrent, description, file)));
  if (!acceptsGzip(asked)) return send(asked, JSON_TYPE, json);
  asked.exchange.headers['Content-Encoding'] = 'gzip';
  send(asked, JSON_TYPE, await gzipped(json));
}

const JSON_TYPE = 'application/json; charset=utf-8';

function statesOf(
  torrent: HeldTorrent,
  { pieceLength }: Description,
  { offset, length }: Pick<HeldFile, 'offset' | 'length'>,
): object[] {
  if (length === 0) return [];
  const first = Math.floor(offset / pieceLength);
  const last = Math.floor((offset + length - 1) / pieceLength);
  return Array.from({ length: last - first + 1 }, (_, at) => {
    const piece = first + at;
    const start = Math.max(offset, piece * pieceLength);
    const end = Math.min(offset + length, (piece + 1) * pieceLength);
    const { isHere, isPartial, wanted } = torrent.piece(piece);
    return {
      Bytes: end - start,
      Priority: isHere ? 0 : PRIORITY[wanted],
      Complete: isHere,
      Ok: true,
      Checking: false,
      Hashing: false,
      QueuedForHash: false,
      Partial: isPartial,
    };
  });
}

export async function verifyData(asked: Asked, { source }: v.InferOutput<typeof TORRENT>): Promise<void> {
  using torrent = asked.torrents.hold(source);
  await asked.watch.wait(torrent.description(asked.watch.signal));
  await asked.watch.wait(torrent.verify(asked.watch.signal));
  sendText(asked, '');
}

function acceptsGzip({ exchange }: Asked): boolean {
  const accepted = String(exchange.req.headers['accept-encoding'] ?? '').toLowerCase();
  return accepted.split(',').some(each => /^\s*(x-)?gzip\s*(;\s*q=(?!0(\.0*)?\s*$).*)?$/.test(each));
}

async function gzipped(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array> {
  const stream = new Blob([bytes]).stream().pipeThrough(new CompressionStream('gzip'));
  return new Uint8Array(await new Response(stream).arrayBuffer());
}
