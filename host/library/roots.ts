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
  /** Takes over the roots as they are now. A new root is scanned whole. */
  set(paths: readonly string[]): void;
  list(): Root[];
  /** Has this path looked at soon; nothing happens for a path in no root. */
  look(path: string, options?: { confirmed?: number }): void;
  /** Something in the root that `path` lies in is still to be looked at. */
  busy(path: string): boolean;
  anyBusy(): boolean;
  /** Resolves when nothing is left to look at in the root that `path` lies in. */
  idle(path: string, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface RootsDeps {
  log: Log;
  scan(request: ScanRequest, signal: AbortSignal): Promise<ScanResult>;
  onAdded(root: Root): void;
  /** files that go on changing are looked at again after so long */
  restlessMs: number;
}

interface Entry extends Root {
  ended: AbortController;
  targets: Set<string>;
  confirmed: Set<number>;
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
      running: undefined,
    };
    entries.set(path, entry);
    enqueue(entry, path);
    deps.onAdded(entry);
  }

  function end(entry: Entry): void {
    entries.delete(entry.path);
    entry.ended.abort();
    const { running } = entry;
    if (!running) return;
    ending.add(running);
    void running.finally(() => ending.delete(running));
  }

  function enqueue(entry: Entry, path: string): void {
    entry.targets.add(path);
    entry.running ??= run(entry).finally(() => {
      entry.running = undefined;
      if (entry.targets.size > 0 && !entry.signal.aborted) enqueue(entry, entry.path);
    });
  }

  async function run(entry: Entry): Promise<void> {
    await Promise.all(ending);
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
  }

  function later(entry: Entry, { restless }: ScanResult): void {
    if (restless.length === 0) return;
    const timer = setTimeout(() => {
      for (const path of restless) if (!entry.signal.aborted) enqueue(entry, path);
    }, deps.restlessMs);
    timer.unref();
    entry.signal.addEventListener('abort', () => clearTimeout(timer), { once: true });
  }

  return {
    set(paths) {
      for (const entry of [...entries.values()]) if (!paths.includes(entry.path)) end(entry);
      for (const path of paths) if (!entries.has(path)) add(path);
    },
    list: () => [...entries.values()],
    look(path, { confirmed } = {}) {
      const entry = entryOf(path);
      if (!entry) return;
      if (confirmed !== undefined) entry.confirmed.add(confirmed);
      enqueue(entry, path);
    },
    busy: path => entryOf(path)?.running !== undefined,
    anyBusy: () => [...entries.values()].some(entry => entry.running !== undefined),
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
