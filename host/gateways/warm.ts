/** Verified contents stay open for a moment after their last reader: a player asks for many ranges, one after the other. */

import type { Id } from '../../shared/id.ts';
import type { Content } from '../core/content.ts';

/** Short: an open file keeps its disk from being unmounted. */
const IDLE_MS = 2_000;

export type Open = (id: Id, reader: string | null) => Promise<Content | undefined>;

export interface WarmContents {
  /** As the `open` that it wraps. Whether the reader may read is asked before, each time. */
  open: Open;
  /** A read failed: the next one opens it anew. */
  forget(id: Id, reader: string | null): void;
  close(): Promise<void>;
}

interface Entry {
  content: Content;
  readers: number;
  idle?: NodeJS.Timeout;
}

export function createWarmContents(open: Open, idleMs = IDLE_MS): WarmContents {
  const entries = new Map<string, Entry>();
  const closing = new Set<Promise<void>>();

  function drop(key: string, entry: Entry): void {
    clearTimeout(entry.idle);
    if (entries.get(key) === entry) entries.delete(key);
    if (entry.readers > 0) return;
    const closed = Promise.resolve(entry.content[Symbol.asyncDispose]())
      .catch(() => {}) // what was read was right; nothing is left to be done with it
      .finally(() => closing.delete(closed));
    closing.add(closed);
  }

  function lend(key: string, entry: Entry): Content {
    const { content } = entry;
    entry.readers++;
    clearTimeout(entry.idle);
    return {
      size: content.size,
      extension: content.extension,
      verified: content.verified,
      read: (range, signal) => content.read(range, signal),
      async [Symbol.asyncDispose]() {
        if (--entry.readers > 0) return;
        if (entries.get(key) !== entry) drop(key, entry);
        else entry.idle = setTimeout(drop, idleMs, key, entry);
      },
    };
  }

  return {
    async open(id, reader) {
      const key = keyOf(id, reader);
      const warm = entries.get(key);
      if (warm) return lend(key, warm);
      const content = await open(id, reader);
      // What still arrives may be another content the next time: verified, or gone.
      if (!content?.verified || entries.has(key)) return content;
      const entry = { content, readers: 0 };
      entries.set(key, entry);
      return lend(key, entry);
    },
    forget(id, reader) {
      const key = keyOf(id, reader);
      const entry = entries.get(key);
      if (entry) drop(key, entry);
      entries.delete(key);
    },
    async close() {
      for (const [key, entry] of entries) drop(key, entry);
      await Promise.all(closing);
    },
  };
}

function keyOf(id: Id, reader: string | null): string {
  return `${id} ${reader ?? ''}`;
}
