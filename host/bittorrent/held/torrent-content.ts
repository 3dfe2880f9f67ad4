/** A part of a torrent as content: read piece by piece, those under the reader fetched first, and again where they left. */

import type { ByteRange, Content } from '../../core/content.ts';
import { giveBackChunk, joinReaders, takeChunk } from '../../platform/chunks.ts';
import type { Arrival } from '../fetching/arrival.ts';
import { createReadAhead } from '../fetching/read-ahead.ts';
import type { KeptPieces } from '../pieces/kept-pieces.ts';

/** The first chunk is short, for an early first byte. */
const FIRST_CHUNK = 256 * 1024;
/** Of one piece: to have another thread read it takes longer than reading it, where the disk is quick. */
const MOST_HERE = 256 * 1024;
/** As much as each of many readers may hold (platform/chunks.ts). */
const MOST_NOW = 64 * 1024;

/** What a reader sees of the torrent. */
export interface TorrentBytes {
  readonly pieceLength: number;
  /** of the whole torrent */
  readonly arrival: Arrival;
  /** Throws where nothing more will come. */
  assertThere(): void;
}

/** Bytes of one piece, and where they stand among those that are read. */
interface Stretch {
  piece: number;
  /** within the piece */
  at: number;
  from: number;
  to: number;
}

export function openPart(
  torrent: TorrentBytes,
  kept: Pick<KeptPieces, 'has' | 'read' | 'readNow'>,
  part: { offset: number; length: number },
) {
  const { pieceLength, arrival } = torrent;
  const pieceAt = (at: number) => Math.floor(at / pieceLength);
  // Another torrent may have brought it.
  const isHere = (piece: number) => arrival.has(piece) || kept.has(piece);

  function stretches(start: number, end: number): Stretch[] {
    const all: Stretch[] = [];
    for (let at = start; at < end; ) {
      const piece = pieceAt(at);
      const until = Math.min(end, (piece + 1) * pieceLength);
      all.push({ piece, at: at - piece * pieceLength, from: at - start, to: until - start });
      at = until;
    }
    return all;
  }

  /** Where the pieces end that are here from this one on; not beyond `end`. */
  function hereUntil(start: number, end: number): number {
    let piece = pieceAt(start);
    while (piece * pieceLength < end && isHere(piece)) piece++;
    return Math.min(end, Math.max(start, piece * pieceLength));
  }

  /** Bytes from `start` on, as far as they are here. Undefined: one of their pieces is lost. */
  async function chunkAt(start: number, end: number): Promise<Uint8Array | undefined> {
    const chunk = takeChunk(end - start);
    const read = await Promise.all(
      stretches(start, end).map(async ({ piece, at, from, to }) => {
        const into = chunk.subarray(from, to);
        if (into.length <= MOST_HERE && kept.readNow(piece, at, into)) return true;
        if (await kept.read(piece, at, into)) return true;
        arrival.unmark([piece]);
        return false;
      }),
    );
    if (read.every(Boolean)) return chunk;
    giveBackChunk(chunk);
    return undefined;
  }

  async function* read(range: ByteRange, signal: AbortSignal): AsyncGenerator<Uint8Array> {
    const reader = Symbol('reader');
    const ahead = createReadAhead();
    const chunks = joinReaders();
    const end = part.offset + range.end;
    let most = FIRST_CHUNK;
    try {
      for (let at = part.offset + range.start; at < end; ) {
        torrent.assertThere();
        signal.throwIfAborted();
        const window = { start: at, end: Math.min(end, at + ahead.bytes) };
        // What is here is fetched by nobody.
        const here = hereUntil(at, window.end);
        arrival.place(reader, here < window.end ? window : undefined);
        if (here === at) {
          await arrival.changed(signal);
          continue;
        }
        const bytes = await chunkAt(at, Math.min(here, at + Math.min(most, chunks.fairLength())));
        if (!bytes) continue;
        at += bytes.length;
        most = Number.POSITIVE_INFINITY;
        const { length } = bytes;
        const given = performance.now();
        yield bytes;
        ahead.took(length, performance.now() - given);
      }
    } finally {
      chunks.leave();
      arrival.place(reader, undefined);
    }
  }

  return {
    size: part.length,
    extension: '',
    verified: true,
    read,
    readNow({ start, end }) {
      if (end - start > MOST_NOW) return undefined;
      const chunk = takeChunk(end - start);
      const all = stretches(part.offset + start, part.offset + end);
      const isRead = all.every(({ piece, at, from, to }) => kept.readNow(piece, at, chunk.subarray(from, to)));
      if (isRead) return chunk;
      giveBackChunk(chunk);
      return undefined;
    },
    async [Symbol.asyncDispose]() {},
  } satisfies Content;
}
