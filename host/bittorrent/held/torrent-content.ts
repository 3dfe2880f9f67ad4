/** A part of a torrent as content: read piece by piece, those under the reader fetched first, and again where they left. */

import type { ByteRange, Content } from '../../core/content.ts';
import type { Arrival } from '../fetching/arrival.ts';
import { createReadAhead } from '../fetching/read-ahead.ts';
import type { KeptPieces } from '../pieces/kept-pieces.ts';
import type { PieceFile } from '../pieces/piece-cache.ts';

const CHUNK_BYTES = 256 * 1024;

/** What a reader sees of the torrent. */
export interface TorrentBytes {
  readonly pieceLength: number;
  /** of the whole torrent */
  readonly arrival: Arrival;
  /** Throws where nothing more will come. */
  assertThere(): void;
}

export function openPart(
  torrent: TorrentBytes,
  kept: Pick<KeptPieces, 'has' | 'open'>,
  part: { offset: number; length: number },
) {
  const { pieceLength, arrival } = torrent;
  const pieceAt = (at: number) => Math.floor(at / pieceLength);

  /** Undefined: it is not there, and fetched again. */
  async function openPiece(piece: number): Promise<PieceFile | undefined> {
    // Another torrent may have brought it.
    if (!arrival.has(piece) && !kept.has(piece)) return undefined;
    return kept.open(piece).catch(() => {
      arrival.unmark([piece]);
      return undefined;
    });
  }

  /** `[start, end)` of the torrent, within one piece. */
  async function* readPiece(piece: number, start: number, end: number, signal: AbortSignal) {
    let file = await openPiece(piece);
    while (!file) {
      torrent.assertThere();
      await arrival.changed(signal);
      file = await openPiece(piece);
    }
    await using opened = file;
    for (let at = start; at < end; at += CHUNK_BYTES) {
      signal.throwIfAborted();
      yield await opened.read(at - piece * pieceLength, Math.min(CHUNK_BYTES, end - at));
    }
  }

  async function* read(range: ByteRange, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const reader = Symbol('reader');
    const ahead = createReadAhead();
    const end = part.offset + range.end;
    try {
      for (let at = part.offset + range.start; at < end; ) {
        torrent.assertThere();
        signal.throwIfAborted();
        arrival.place(reader, { start: at, end: Math.min(end, at + ahead.bytes) });
        const until = Math.min(end, (pieceAt(at) + 1) * pieceLength);
        for await (const bytes of readPiece(pieceAt(at), at, until, signal)) {
          const given = performance.now();
          yield bytes;
          ahead.took(bytes.length, performance.now() - given);
        }
        at = until;
      }
    } finally {
      arrival.place(reader, undefined);
    }
  }

  return {
    size: part.length,
    extension: '',
    verified: true,
    read,
    async [Symbol.asyncDispose]() {},
  } satisfies Content;
}
