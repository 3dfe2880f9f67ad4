/** `?preload=bytes`: the start of a file, and its end, which players look at first, are fetched before anyone reads them. */

import { LsdError } from '../../../shared/errors.ts';
import type { HeldTorrent } from '../../core/held-torrents.ts';

/** at once, of all torrents */
const MOST = 32;
/** a preload that finds no peer holds its torrent so long */
const PATIENCE_MS = 10 * 60_000;
/** of the end of a file */
const TAIL_BYTES = 256 * 1024;

export interface Preloads {
  /** Throws `rate-limited` where too many are under way. Beginning one that is under way does nothing. */
  begin(torrent: HeldTorrent, part: { offset: number; length: number }, bytes: number): void;
}

export function createPreloads(): Preloads {
  const running = new Set<string>();
  return {
    begin(torrent, part, bytes) {
      const key = `${torrent.infoHash} ${part.offset} ${part.length} ${bytes}`;
      if (running.has(key)) return;
      if (running.size >= MOST) {
        throw new LsdError('rate-limited', `${MOST} preloads are under way already. Try again when one has ended.`);
      }
      running.add(key);
      const done = () => void running.delete(key);
      fetchParts(torrent.again(), part, Math.floor(bytes)).then(done, done);
    },
  };
}

async function fetchParts(
  torrent: HeldTorrent,
  part: { offset: number; length: number },
  bytes: number,
): Promise<void> {
  using _held = torrent;
  await using content = torrent.open(part);
  const signal = AbortSignal.any([torrent.dropped, AbortSignal.timeout(PATIENCE_MS)]);
  const start = Math.min(bytes, part.length);
  const tail = Math.max(start, part.length - TAIL_BYTES);
  const read = async (range: { start: number; end: number }) => {
    for await (const _ of content.read(range, signal));
  };
  await Promise.all([
    start > 0 ? read({ start: 0, end: start }) : undefined,
    tail < part.length ? read({ start: tail, end: part.length }) : undefined,
  ]);
}
