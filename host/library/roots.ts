/** The outermost shared folders, and what is still to be looked at in each: all of it, and, beside that, what just changed. */

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
  /** The same after a while: now it would be in vain. */
  lookLater(paths: readonly string[]): void;
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
  /** files that go on changing, and what could not be looked at or written down, are looked at again after so long */
  restlessMs: number;
}

/** Scans one after the other. A first scan may take hours, so changes have a lane of their own. */
interface Lane {
  targets: Set<string>;
  running: Promise<void> | undefined;
}

interface Entry extends Root {
  ended: AbortController;
  ready: Promise<void>;
  confirmed: Set<number>;
  /** of looks that are to come */
  timers: Set<NodeJS.Timeout>;
  all: Lane;
  changes: Lane;
}

export function createRoots(deps: RootsDeps): Roots {
  const entries = new Map<string, Entry>();
  const ending = new Set<Promise<void>>();

  function entryOf(path: string): Entry | undefined {
    for (const entry of entries.values()) if (liesIn(path, entry.path)) return entry;
    return undefined;
  }

  /** The roots that any of these lie in, and which. */
  function entriesOf(paths: readonly string[]): [Entry, string[]][] {
    const all = [...entries.values()].map((entry): [Entry, string[]] => {
      return [entry, paths.filter(path => liesIn(path, entry.path))];
    });
    return all.filter(([, inside]) => inside.length > 0);
  }

  function runningIn(path: string): Promise<void> | undefined {
    const entry = entryOf(path);
    return entry?.all.running ?? entry?.changes.running;
  }

  function add(path: string): void {
    const ended = new AbortController();
    const entry: Entry = {
      path,
      signal: ended.signal,
      ended,
      ready: Promise.resolve(),
      confirmed: new Set(),
      timers: new Set(),
      all: { targets: new Set(), running: undefined },
      changes: { targets: new Set(), running: undefined },
    };
    entries.set(path, entry);
    entry.ready = deps.watch(entry).catch(thrown => deps.log.error('watching failed', { error: String(thrown) }));
    enqueue(entry, [path]);
  }

  function end(entry: Entry): void {
    entries.delete(entry.path);
    entry.ended.abort();
    for (const timer of entry.timers) clearTimeout(timer);
    entry.timers.clear();
    for (const { running } of [entry.all, entry.changes]) {
      if (!running) continue;
      ending.add(running);
      void running.finally(() => ending.delete(running));
    }
  }

  function enqueue(entry: Entry, paths: readonly string[]): void {
    const lane = paths.includes(entry.path) || paths.length > MANY ? entry.all : entry.changes;
    for (const path of lane === entry.all ? [entry.path] : paths) lane.targets.add(path);
    lane.running ??= run(entry, lane);
  }

  async function run(entry: Entry, lane: Lane): Promise<void> {
    await Promise.all([...ending, entry.ready]);
    while (lane.targets.size > 0 && !entry.signal.aborted) {
      const request = { root: entry.path, targets: outermost(lane.targets), confirmed: new Set(entry.confirmed) };
      lane.targets.clear();
      if (lane === entry.all) entry.confirmed.clear();
      try {
        const { restless } = await deps.scan(request, entry.signal);
        later(entry, restless);
      } catch (thrown) {
        if (entry.signal.aborted) break;
        deps.log.error('a scan failed', { error: String(thrown) });
        // What the person said holds for the scan that is to come instead.
        if (lane === entry.all) for (const id of request.confirmed) entry.confirmed.add(id);
        later(entry, request.targets);
      }
    }
    lane.running = undefined;
  }

  function later(entry: Entry, paths: readonly string[]): void {
    if (paths.length === 0 || entry.signal.aborted) return;
    const timer = setTimeout(() => {
      entry.timers.delete(timer);
      enqueue(entry, paths);
    }, deps.restlessMs);
    entry.timers.add(timer.unref());
  }

  return {
    async set(paths) {
      for (const entry of [...entries.values()]) if (!paths.includes(entry.path)) end(entry);
      const ended = [...ending];
      for (const path of paths) if (!entries.has(path)) add(path);
      await Promise.all(ended);
    },
    look(paths, { confirmed } = {}) {
      for (const [entry, inside] of entriesOf(paths)) {
        if (confirmed !== undefined) entry.confirmed.add(confirmed);
        enqueue(entry, confirmed === undefined ? inside : [entry.path]);
      }
    },
    lookLater(paths) {
      for (const [entry, inside] of entriesOf(paths)) later(entry, inside);
    },
    busy: path => runningIn(path) !== undefined,
    async idle(path, signal) {
      for (let running = runningIn(path); running; running = runningIn(path)) await orAborted(running, signal);
    },
    async close() {
      for (const entry of [...entries.values()]) end(entry);
      await Promise.all(ending);
    },
  };
}

/** The paths to look at, without those that lie in others. */
function outermost(targets: ReadonlySet<string>): string[] {
  const kept: string[] = [];
  for (const path of [...targets].sort()) if (!kept.some(other => liesIn(path, other))) kept.push(path);
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
