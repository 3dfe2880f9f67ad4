/** Verified contents stay open for a moment after their last reader: a player asks for many ranges, one after the other. */

import type { Id } from '../../shared/id.ts';
import type { Content } from '../core/content.ts';
import { isExhausted } from '../platform/files.ts';
import { createSlots } from './slots.ts';

/** Short: an open file keeps its disk from being unmounted. */
const IDLE_MS = 2_000;
/** Below the 1,024 handles that some systems allow a process, with room for connections. */
const MOST_OPEN = 256;
/** Where there turn out to be fewer handles, so much of those that were had is taken for files: the rest is for connections. */
const SHARE = 3 / 4;
/** A disk that has to spin up takes longer, and then one file more than there are slots is open. */
const WAIT_MS = 500;
/** After which there may be as many as before. */
const RELIEF_MS = 30_000;

/** The signal ends the wait for a download whose size is not known yet. */
export type Open = (id: Id, reader: string | null, signal?: AbortSignal) => Promise<Content | undefined>;

export interface WarmContents {
  /** As the `open` that it wraps; waits while too many are open. Whether the reader may read is asked before, each time. */
  open: Open;
  /** The content, if it is open: for what is read of it before anything else happens. */
  atHand(id: Id, reader: string | null): Content | undefined;
  /** A read failed: the next one opens it anew. */
  forget(id: Id, reader: string | null): void;
  close(): Promise<void>;
}

interface Entry {
  content: Content;
  readers: number;
  idle?: NodeJS.Timeout;
}

export function createWarmContents(
  open: Open,
  { idleMs = IDLE_MS, mostOpen = MOST_OPEN, waitMs = WAIT_MS } = {},
): WarmContents {
  const entries = new Map<string, Entry>();
  const opening = new Map<string, Promise<Content | undefined>>();
  const closing = new Set<Promise<void>>();
  const slots = createSlots(mostOpen);
  let relief: NodeJS.Timeout | undefined;

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
        if (entries.get(key) !== entry || slots.wanted) drop(key, entry);
        else entry.idle = setTimeout(drop, idleMs, key, entry);
      },
    };
  }

  /** The longest idle ones give their slots. */
  function makeRoom(): void {
    if (slots.missing === 0) return;
    const idle = [...entries].filter(([, entry]) => entry.readers === 0);
    for (const each of idle.slice(0, slots.missing)) drop(...each);
  }

  /** The system has fewer handles than there are slots. */
  function makeDo(): void {
    slots.resize(Math.max(1, Math.floor(slots.taken * SHARE)));
    clearTimeout(relief);
    relief = setTimeout(() => slots.resize(mostOpen), RELIEF_MS).unref();
  }

  /** Without handles it is tried once more, when another of these files has been closed. */
  async function openInSlot(...wanted: Parameters<Open>): Promise<Content | undefined> {
    try {
      return await openInNext(...wanted);
    } catch (thrown) {
      if (!isExhausted(thrown) || slots.taken === 0) throw thrown;
      makeDo();
      return await openInNext(...wanted);
    }
  }

  async function openInNext(...wanted: Parameters<Open>): Promise<Content | undefined> {
    makeRoom();
    await slots.take();
    let content: Content | undefined;
    try {
      content = await opened(...wanted);
    } finally {
      if (!content) slots.release();
    }
    return content && slotted(content, slots.release);
  }

  /** A download that waits for its first peer has no file open: meanwhile its slot is another's. */
  async function opened(...wanted: Parameters<Open>): Promise<Content | undefined> {
    const content = open(...wanted);
    let isLent = false;
    const timer = setTimeout(() => {
      isLent = true;
      slots.release();
    }, waitMs);
    await content.catch(() => {});
    clearTimeout(timer);
    if (isLent) await slots.take();
    return content;
  }

  /** Opens a verified content once for all who ask for it at that moment. */
  async function openJoined(key: string, ...wanted: Parameters<Open>): Promise<Content | undefined> {
    const content = await openInSlot(...wanted);
    // What still arrives may be another content the next time: verified, or gone.
    if (!content?.verified) return content;
    const entry = { content, readers: 0 };
    entries.set(key, entry);
    return lend(key, entry);
  }

  return {
    async open(id, reader, signal) {
      const key = keyOf(id, reader);
      const others = opening.get(key);
      if (others) await others.catch(() => {});
      const warm = entries.get(key);
      if (warm) return lend(key, warm);
      if (others) return openInSlot(id, reader, signal);
      const mine = openJoined(key, id, reader, signal).finally(() => opening.delete(key));
      opening.set(key, mine);
      return mine;
    },
    atHand(id, reader) {
      const entry = entries.get(keyOf(id, reader));
      if (entry?.readers === 0) entry.idle?.refresh();
      return entry?.content;
    },
    forget(id, reader) {
      const key = keyOf(id, reader);
      const entry = entries.get(key);
      if (entry) drop(key, entry);
    },
    async close() {
      clearTimeout(relief);
      for (const [key, entry] of entries) drop(key, entry);
      await Promise.all(closing);
    },
  };
}

/** The content, which frees its slot once it is closed. */
function slotted(content: Content, release: () => void): Content {
  return {
    get size() {
      return content.size;
    },
    get extension() {
      return content.extension;
    },
    get verified() {
      return content.verified;
    },
    read: (range, signal) => content.read(range, signal),
    readNow: range => content.readNow?.(range),
    async [Symbol.asyncDispose]() {
      try {
        await content[Symbol.asyncDispose]();
      } finally {
        release();
      }
    },
  };
}

function keyOf(id: Id, reader: string | null): string {
  return `${id} ${reader ?? ''}`;
}
