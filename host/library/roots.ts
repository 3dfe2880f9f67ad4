/** The outermost shared folders, and what is still to be looked at in each: one scan a root at a time. */

import type { Log } from '../core/ports.ts';
import { liesIn } from './folders.ts';
import type { ScanRequest, ScanResult } from './scan.ts';

/** Above so many changed paths the whole root is looked at. */
const MANY = 1000;

export interface Root {
  readonly path: string;
  /** aborted when the root is no longer one */
  readonly signal: AbortSignal;
}

export interface Roots {
  /** Takes over the roots as they are now. A new root is scanned whole; resolves when nothing of an old one goes on. */
  set(paths: readonly string[]): Promise<void>;
  /** Has these paths looked at soon; nothing happens for a path in no root. */
  look(paths: readonly string[], options?: { confirmed?: number }): void;
  /** Something in the root that `path` lies in is still to be looked at. */
  busy(path: string): boolean;
  /** Resolves when nothing is left to look at in the root that `path` lies in. */
  idle(path: string, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface RootsDeps {
  log: Log;
  scan(request: ScanRequest, signal: AbortSignal): Promise<ScanResult>;
  /** has changes seen from now on, until the root's signal ends; the first scan begins after it */
  watch(root: Root): Promise<void>;
  /** files that go on changing are looked at again after so long */
  restlessMs: number;
}

interface Entry extends Root {
  ended: AbortController;
  targets: Set<string>;
  confirmed: Set<number>;
  ready: Promise<void>;
  running: Promise<void> | undefined;
}

export function createRoots(deps: RootsDeps): Roots {
  const entries = new Map<string, Entry>();
  const ending = new Set<Promise<void>>();

  function entryOf(path: string): Entry | undefined {
    for (const entry of entries.values()) if (liesIn(path, entry.path)) return entry;
    return undefined;
  }

  function add(path: string): void {
    const ended = new AbortController();
    const entry: Entry = {
      path,
      signal: ended.signal,
      ended,
      targets: new Set(),
      confirmed: new Set(),
      ready: Promise.resolve(),
      running: undefined,
    };
    entries.set(path, entry);
    entry.ready = deps.watch(entry).catch(thrown => deps.log.error('watching failed', { error: String(thrown) }));
    enqueue(entry, [path]);
  }

  function end(entry: Entry): void {
    entries.delete(entry.path);
    entry.ended.abort();
    const { running } = entry;
    if (!running) return;
    ending.add(running);
    void running.finally(() => ending.delete(running));
  }

  function enqueue(entry: Entry, paths: readonly string[]): void {
    for (const path of paths) entry.targets.add(path);
    entry.running ??= run(entry);
  }

  async function run(entry: Entry): Promise<void> {
    await Promise.all([...ending, entry.ready]);
    while (entry.targets.size > 0 && !entry.signal.aborted) {
      const request = { root: entry.path, targets: outermost(entry), confirmed: new Set(entry.confirmed) };
      entry.targets.clear();
      entry.confirmed.clear();
      try {
        later(entry, await deps.scan(request, entry.signal));
      } catch (thrown) {
        if (!entry.signal.aborted) deps.log.error('a scan failed', { error: String(thrown) });
      }
    }
    entry.running = undefined;
  }

  function later(entry: Entry, { restless }: ScanResult): void {
    if (restless.length === 0) return;
    const timer = setTimeout(() => {
      if (!entry.signal.aborted) enqueue(entry, restless);
    }, deps.restlessMs);
    timer.unref();
    entry.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  }

  return {
    async set(paths) {
      for (const entry of [...entries.values()]) if (!paths.includes(entry.path)) end(entry);
      const ended = [...ending];
      for (const path of paths) if (!entries.has(path)) add(path);
      await Promise.all(ended);
    },
    look(paths, { confirmed } = {}) {
      for (const entry of entries.values()) {
        const inside = paths.filter(path => liesIn(path, entry.path));
        if (inside.length === 0) continue;
        if (confirmed !== undefined) entry.confirmed.add(confirmed);
        enqueue(entry, inside);
      }
    },
    busy: path => entryOf(path)?.running !== undefined,
    async idle(path, signal) {
      for (let entry = entryOf(path); entry?.running; entry = entryOf(path)) await orAborted(entry.running, signal);
    },
    async close() {
      for (const entry of [...entries.values()]) end(entry);
      await Promise.all(ending);
    },
  };
}

/** The paths to look at, without those that lie in others; the root itself where there are very many. */
function outermost({ path: root, targets }: Entry): string[] {
  if (targets.has(root) || targets.size > MANY) return [root];
  const paths = [...targets].sort();
  const kept: string[] = [];
  for (const path of paths) if (!kept.some(other => liesIn(path, other))) kept.push(path);
  return kept;
}

function orAborted<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  signal.throwIfAborted();
  return new Promise((resolve, reject) => {
    const onAbort = () => reject(signal.reason);
    signal.addEventListener('abort', onAbort, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', onAbort));
  });
}
