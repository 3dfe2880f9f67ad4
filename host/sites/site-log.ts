/**
 * The log of what happened between this home and each site. Written a little later, so that what happens often is one
 * entry and one write; where nothing happens nothing is written.
 */

import type { ErrorCode } from '../../shared/errors.ts';
import type { Deed, DeedAmount, SiteLogEntry, SiteLogPage } from '../../shared/grants.ts';
import type { Clock } from '../core/ports.ts';
import type { SiteLogStore } from '../core/stored.ts';
import type { Timers } from '../platform/timers.ts';

/** Between what happened and its line on the disk. */
const WRITE_MS = 10_000;
/** The same again within so long is the same entry. */
const SAME_MS = 60 * 60_000;
/** Entries told at once. */
const PAGE = 100;

export type Amounts = Partial<Record<DeedAmount, number>>;

export interface SiteLog {
  note(origin: string, deed: Deed, amounts?: Amounts): void;
  failed(origin: string, code: ErrorCode): void;
  page(origin: string, before?: number): SiteLogPage;
  /** with the person's word, everything of the site is erased */
  erase(origin: string): void;
  close(): void;
}

export interface SiteLogDeps {
  log: SiteLogStore;
  clock: Clock;
  timers: Timers;
}

interface Newest {
  entry: SiteLogEntry;
  /** its row; undefined: it was never written */
  number: number | undefined;
}

export function createSiteLog({ log, clock, timers }: SiteLogDeps): SiteLog {
  /** of each site the entries that are not written as they are now, the oldest first */
  const unwritten = new Map<string, Newest[]>();
  /** the last entry of each site */
  const newest = new Map<string, Newest>();
  let cancel: (() => void) | undefined;

  function add(origin: string, entry: SiteLogEntry): void {
    const last = newest.get(origin);
    const next = last && isSame(last.entry, entry) ? last : { entry, number: undefined };
    if (next === last) last.entry = joined(last.entry, entry);
    newest.set(origin, next);
    const waiting = unwritten.get(origin) ?? [];
    if (!waiting.includes(next)) waiting.push(next);
    unwritten.set(origin, waiting);
    cancel ??= timers.after(WRITE_MS, write);
  }

  function write(): void {
    cancel?.();
    cancel = undefined;
    if (unwritten.size === 0) return;
    const all = [...unwritten].flatMap(([origin, waiting]) => waiting.map(one => ({ origin, one })));
    const numbers: number[] = [];
    log.batch(() => {
      for (const { origin, one } of all) numbers.push(log.put(origin, one.entry, one.number));
    });
    // Only now: a row of a batch that was refused may be another's next time.
    for (const [at, { one }] of all.entries()) one.number = numbers[at];
    unwritten.clear();
  }

  return {
    note: (origin, deed, amounts = {}) => add(origin, { at: clock.now(), deed, times: 1, amounts }),
    failed: (origin, code) => add(origin, { at: clock.now(), deed: 'failed', times: 1, amounts: {}, code }),
    page(origin, before = Number.MAX_SAFE_INTEGER) {
      write();
      const rows = log.page(origin, before, PAGE);
      const last = rows.length === PAGE ? rows.at(-1) : undefined;
      return { entries: rows.map(({ number: _, ...entry }) => entry), next: last?.number ?? null };
    },
    erase(origin) {
      unwritten.delete(origin);
      newest.delete(origin);
      log.remove(origin);
    },
    close: write,
  };
}

function isSame(last: SiteLogEntry, next: SiteLogEntry): boolean {
  return last.deed === next.deed && last.code === next.code && next.at - last.at < SAME_MS;
}

function joined(last: SiteLogEntry, next: SiteLogEntry): SiteLogEntry {
  const amounts: Amounts = { ...last.amounts };
  for (const [name, amount] of Object.entries(next.amounts)) {
    const key = name as DeedAmount;
    // How many folders are shared is a state; the others are sums.
    amounts[key] = key === 'folders' ? amount : (amounts[key] ?? 0) + amount;
  }
  return { ...last, at: next.at, times: last.times + 1, amounts };
}
