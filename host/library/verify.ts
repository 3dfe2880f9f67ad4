/** Reads every file and download again now and then, slowly and the longest unread first, and finds bytes that changed by themselves. */

import { setTimeout as delay } from 'node:timers/promises';
import { LsdError } from '../../shared/errors.ts';
import { type Clock, type Hasher, type Log, unchanged } from '../core/ports.ts';
import type { Catalogue, HeldFile } from '../core/stored.ts';
import { liesIn, rootsOf } from './folders.ts';
import { errnoOf, isGone } from './gone.ts';
import type { Rot } from './rot.ts';

const DAY_MS = 86_400_000;
/** Files whose time is written in one transaction: what a kill costs is read again. */
const AT_ONCE = 100;
/** … or those of so long a time. */
const MARK_MS = 60_000;
/** What is rotten or could not be read is tried again after so long: a loose cable or bad memory looks the same. */
const AGAIN_MS = DAY_MS;

export interface VerifyDeps {
  catalogue: Catalogue;
  hasher: Hasher;
  rot: Rot;
  log: Log;
  clock: Clock;
  /** between parts of the work */
  everyMs: number;
  /** has the scan look at a path: it is another file, or gone */
  look(path: string): void;
  /** has a download looked at that is not what it was */
  suspect(path: string): void;
}

export interface Verify {
  /** Every file is read once in about so many days; null = never. Holds at once, also for what is being read. */
  setDays(days: number | null): void;
  /** Resolves when nothing is read any more. */
  close(): Promise<void>;
}

/**
 * In parts: the longest unread files, until so many bytes are read as fall to the time since the last part where all of them
 * are read in so many days; at once all that were not read for longer than that. A file that was read in the first half of the
 * time is left. When each was read is in the catalogue, so a restart changes nothing.
 */
export function createVerify(deps: VerifyDeps): Verify {
  const readPart = createParts(deps);
  let days: number | null = null;
  let current = new AbortController();
  let running: Promise<void> = Promise.resolve();

  async function run(period: number, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await delay(deps.everyMs, undefined, { signal, ref: false }).catch(() => {});
      if (signal.aborted) return;
      await readPart(period, signal).catch(thrown => {
        if (!signal.aborted) deps.log.error('files could not be verified', { error: String(thrown) });
      });
    }
  }

  return {
    setDays(next) {
      if (next === days) return;
      days = next;
      current.abort();
      current = new AbortController();
      const { signal } = current;
      if (next !== null) running = running.then(() => run(next * DAY_MS, signal));
    },
    async close() {
      current.abort();
      await running;
    },
  };
}

function createParts(deps: VerifyDeps): (period: number, signal: AbortSignal) => Promise<void> {
  const { catalogue, clock, everyMs } = deps;
  const failing = createLately(clock);
  const rotten = createLately(clock);
  let budget = 0;

  /** What was moved first: its bytes are taken on trust until they are read. */
  function* due(now: number, period: number): Generator<HeldFile> {
    for (const file of catalogue.leastVerified(1)) {
      if (budget <= 0) break;
      yield file;
    }
    for (const file of catalogue.leastVerified(now - period / 2, 1)) {
      if (budget <= 0 && file.verifiedAt >= now - period) return;
      yield file;
    }
  }

  async function readHeld(period: number, signal: AbortSignal): Promise<void> {
    const now = clock.now();
    // What one big file took too much, the next parts have less.
    budget = Math.min(budget, 0) + (sizeOfAll(catalogue) * everyMs) / period;
    const missing = catalogue.folders().filter(folder => folder.missing !== null);
    await using right = createMarks(deps);
    for (const file of due(now, period)) {
      if (failing.has(file.path) || missing.some(folder => liesIn(file.path, folder.path))) continue;
      const outcome = await verifyHeld(deps, file, signal);
      if (signal.aborted) return;
      budget -= file.stamp.size;
      if (outcome === 'right') right.add(file.path);
      if (outcome === 'unreadable') failing.add(file.path);
    }
  }

  /** They lie in no folder, and what is wrong with one can be downloaded again. */
  async function readDownloads(period: number, signal: AbortSignal): Promise<void> {
    const now = clock.now();
    const overdue = new Set(catalogue.leastChecked(now - period).map(({ id }) => id));
    for (const download of catalogue.leastChecked(now - period / 2)) {
      const { id, path, stamp } = download;
      if (budget <= 0 && !overdue.has(id)) return;
      if (failing.has(path)) continue;
      const hashed = await read(deps, download, signal);
      if (signal.aborted) return;
      budget -= stamp.size;
      if (hashed === 'unreadable') failing.add(path);
      else if (hashed !== 'other' && hashed.id === id) catalogue.markChecked(id, clock.now());
      else deps.suspect(path);
    }
  }

  return async (period, signal) => {
    await readHeld(period, signal);
    await readDownloads(period, signal);
    for (const file of catalogue.rottenFiles()) {
      if (signal.aborted) return;
      if (file.foundAt > clock.now() - AGAIN_MS || rotten.has(file.path)) continue;
      rotten.add(file.path);
      await verifyRotten(deps, file, signal);
    }
  };
}

/** Paths that were tried within `AGAIN_MS`. */
function createLately(clock: Clock) {
  /** Unix ms, the longest ago first */
  const tried = new Map<string, number>();
  // A time that lies ahead is of a clock that was set back.
  const isYoung = (at = Number.NEGATIVE_INFINITY) => Math.abs(clock.now() - at) < AGAIN_MS;
  return {
    has: (path: string) => isYoung(tried.get(path)),
    add(path: string): void {
      tried.delete(path);
      tried.set(path, clock.now());
      for (const [other, at] of tried) {
        if (isYoung(at)) return;
        tried.delete(other);
      }
    },
  };
}

function sizeOfAll(catalogue: Catalogue): number {
  const folders = catalogue.folders();
  const roots = rootsOf(folders);
  const sizes = folders.filter(({ path }) => roots.includes(path)).map(({ id }) => catalogue.folderTotals(id).size);
  return [...sizes, ...catalogue.downloads().map(({ size }) => size)].reduce((sum, size) => sum + size, 0);
}

/** Paths that are right, written down some at a time. */
function createMarks({ catalogue, clock }: VerifyDeps) {
  let paths: string[] = [];
  let since = clock.now();
  function flush(): void {
    since = clock.now();
    if (paths.length > 0) catalogue.markVerified(paths, since);
    paths = [];
  }
  return {
    add(path: string) {
      paths.push(path);
      if (paths.length >= AT_ONCE || clock.now() - since > MARK_MS) flush();
    },
    async [Symbol.asyncDispose]() {
      flush();
    },
  };
}

type Outcome = 'right' | 'rotten' | 'other' | 'unreadable';

async function verifyHeld(deps: VerifyDeps, file: HeldFile, signal: AbortSignal): Promise<Outcome> {
  const hashed = await read(deps, file, signal);
  if (hashed === 'unreadable') return hashed;
  if (hashed === 'other') {
    deps.look(file.path);
    return hashed;
  }
  if (hashed.id === file.id) return 'right';
  const known = deps.catalogue.file(file.path);
  // The scan was here meanwhile.
  if (!known || known.id !== file.id || !unchanged(known.stamp, file.stamp)) return 'other';
  deps.rot.found(file);
  return 'rotten';
}

/** Its right bytes again, or another file: the scan takes it up. Else it stays what it is. */
async function verifyRotten(deps: VerifyDeps, file: HeldFile, signal: AbortSignal): Promise<void> {
  const hashed = await read(deps, file, signal);
  if (hashed === 'unreadable' || (hashed !== 'other' && hashed.id !== file.id)) return;
  if (hashed !== 'other') deps.rot.ended(file.path);
  deps.look(file.path);
}

/** `other`: the stamp tells that it was written to, or it is gone. */
async function read(
  { hasher, log }: VerifyDeps,
  { path, stamp }: Pick<HeldFile, 'path' | 'stamp'>,
  signal: AbortSignal,
) {
  try {
    const hashed = await hasher.hashFile(path, signal, { urgency: 'verify', size: stamp.size });
    return unchanged(hashed.stamp, stamp) ? hashed : 'other';
  } catch (thrown) {
    const cause = thrown instanceof Error && thrown.cause ? thrown.cause : thrown;
    if (isGone(cause) || (thrown instanceof LsdError && thrown.code === 'aborted' && !signal.aborted)) return 'other';
    if (!signal.aborted) log.warn('a file cannot be read again', { code: errnoOf(cause) });
    return 'unreadable';
  }
}
