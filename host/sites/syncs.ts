/** When a site is synchronised: one run at a time, which others join; after changes; and again after one that failed. */

import { LsdError } from '../../shared/errors.ts';
import type { SyncResult } from '../../shared/page-methods.ts';
import type { Log } from '../core/ports.ts';
import type { Settings } from '../core/preferences.ts';

export interface Syncs {
  /** Joins the run under way. One that prunes waits for a run that does not. */
  run(origin: string, options: { prune: boolean }, signal: AbortSignal): Promise<SyncResult>;
  /** By itself: what changed since a run began is told by the next. A failure leaves the site owed a sync. */
  start(origin: string): void;
  /** Starts the sync that is owed, if one is: the site answers again. */
  settle(origin: string): void;
  /** Its last sync fell into a scan: removals wait for the end of that. */
  isHeldBack(origin: string): boolean;
  /** Runs `work` while nothing of the site is synchronised. */
  without<T>(origin: string, work: () => Promise<T>): Promise<T>;
  forget(origin: string): void;
  close(): Promise<void>;
}

export interface SyncsDeps {
  sync: (origin: string, options: { prune: boolean }, signal: AbortSignal) => Promise<SyncResult>;
  onDone: (origin: string, result: SyncResult) => void;
  log: Log;
  settings: Settings;
}

interface Run {
  prune: boolean;
  result: Promise<SyncResult>;
  stop: AbortController;
}

export function createSyncs({ sync, onDone, log, settings }: SyncsDeps): Syncs {
  const runs = new Map<string, Run>();
  const again = new Set<string>();
  const heldBack = new Set<string>();
  /** sites that are being left */
  const halted = new Set<string>();
  const owed = keepOwed(settings, log);
  let closed = false;

  function begin(origin: string, prune: boolean): Run {
    const stop = new AbortController();
    const result = sync(origin, { prune }, stop.signal).finally(() => {
      if (runs.get(origin) === run) runs.delete(origin);
    });
    const run: Run = { prune, result, stop };
    runs.set(origin, run);
    result
      .then(
        done => finished(origin, done),
        () => {},
      )
      .catch((error: unknown) => log.error('what a sync found cannot be written down', { origin, error }))
      .then(() => {
        if (again.delete(origin)) start(origin);
      });
    return run;
  }

  function finished(origin: string, result: SyncResult): void {
    log.info('synchronised', { origin, ...result });
    if (result.scanning) heldBack.add(origin);
    else heldBack.delete(origin);
    // What changed while it ran is still to be told.
    if (!again.has(origin)) owed.delete(origin);
    if (!closed) onDone(origin, result);
  }

  async function joined(origin: string, prune: boolean): Promise<SyncResult> {
    if (halted.has(origin)) throw new LsdError('aborted', `${origin} is being asked to forget what it knows.`);
    for (let running = runs.get(origin); running; running = runs.get(origin)) {
      if (running.prune || !prune) return running.result;
      await running.result.catch(() => {});
    }
    return begin(origin, prune).result;
  }

  function start(origin: string): void {
    if (closed || halted.has(origin)) return;
    owed.add(origin);
    const running = runs.get(origin);
    if (running) {
      again.add(origin);
      return;
    }
    begin(origin, false).result.catch((thrown: unknown) => {
      const { code, message } = LsdError.from(thrown);
      log.info('sync failed', { origin, code, message });
      // It is told by the scan that finds the folder again; there is no site to tell.
      if (code === 'folder-missing' || code === 'denied') owed.delete(origin);
    });
  }

  return {
    run: (origin, { prune }, signal) => abortable(joined(origin, prune), signal),
    start,
    settle(origin) {
      if (!runs.has(origin) && owed.delete(origin)) start(origin);
    },
    async without(origin, work) {
      halted.add(origin);
      try {
        const running = runs.get(origin);
        running?.stop.abort();
        await running?.result.catch(() => {});
        return await work();
      } finally {
        halted.delete(origin);
      }
    },
    isHeldBack: origin => runs.has(origin) || heldBack.has(origin),
    forget(origin) {
      runs.get(origin)?.stop.abort();
      heldBack.delete(origin);
      again.delete(origin);
      owed.delete(origin);
    },
    async close() {
      closed = true;
      again.clear();
      for (const run of runs.values()) run.stop.abort();
      await Promise.allSettled([...runs.values()].map(run => run.result));
    },
  };
}

/**
 * Written down, for a change that was not told yet is to be told after a restart too. What cannot be written (a full disk)
 * is told all the same: by this run, and after the next start by its first look at the folders.
 */
function keepOwed(settings: Settings, log: Log) {
  const keyOf = (origin: string) => `sync owed ${origin}`;
  const unwritten = new Set<string>();
  function tried(origin: string, write: () => void): void {
    try {
      write();
    } catch (error) {
      log.error('what a site is owed cannot be written down', { origin, error });
    }
  }
  return {
    add(origin: string): void {
      unwritten.add(origin);
      tried(origin, () => {
        settings.set(keyOf(origin), '1');
        unwritten.delete(origin);
      });
    },
    delete(origin: string): boolean {
      const isWritten = settings.get(keyOf(origin)) !== undefined;
      if (isWritten) tried(origin, () => settings.remove(keyOf(origin)));
      return unwritten.delete(origin) || isWritten;
    },
  };
}

/** The caller goes; the run, which others may have joined, stays. */
function abortable<T>(promise: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const aborted = () => reject(new LsdError('aborted', 'The call was cancelled.'));
    if (signal.aborted) aborted();
    signal.addEventListener('abort', aborted, { once: true });
    promise.then(resolve, reject).finally(() => signal.removeEventListener('abort', aborted));
  });
}
