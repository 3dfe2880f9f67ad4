/** `?preload=bytes`: the start of a file, and its end, which players look at first, are fetched before anyone reads them. */

import { LsdError } from '../../../shared/errors.ts';
import type { Content } from '../../core/content.ts';

/** at once, of all torrents */
const MOST = 32;
/** a preload that finds no peer holds its torrent so long */
const PATIENCE_MS = 10 * 60_000;
/** of the end of a file */
const TAIL_BYTES = 256 * 1024;

export interface Preloads {
  /**
   * Reads from a content that is closed in the end, until `signal`. Throws `rate-limited` where too many are under way, and
   * `open` was not called then. Beginning one whose `key` is under way does nothing.
   */
  begin(key: string, bytes: number, open: () => Content, signal?: AbortSignal): void;
}

export function createPreloads(): Preloads {
  const running = new Set<string>();
  return {
    begin(key, bytes, open, signal) {
      const name = `${key} ${bytes}`;
      if (running.has(name)) return;
      if (running.size >= MOST) {
        throw new LsdError('rate-limited', `${MOST} preloads are under way already. Try again when one has ended.`);
      }
      running.add(name);
      const done = () => void running.delete(name);
      fetchParts(open(), Math.floor(bytes), signal).then(done, done);
    },
  };
}

async function fetchParts(opened: Content, bytes: number, until?: AbortSignal): Promise<void> {
  await using content = opened;
  const patience = AbortSignal.timeout(PATIENCE_MS);
  const signal = until ? AbortSignal.any([until, patience]) : patience;
  const { size } = content;
  const start = Math.min(bytes, size);
  const tail = Math.max(start, size - TAIL_BYTES);
  const read = async (range: { start: number; end: number }) => {
    for await (const _ of content.read(range, signal));
  };
  await Promise.all([
    start > 0 ? read({ start: 0, end: start }) : undefined,
    tail < size ? read({ start: tail, end: size }) : undefined,
  ]);
}
