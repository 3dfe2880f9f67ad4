/** What holds now, and until when: a pure function of what the person set, what they paused, the clock, and the machine. */

import type { Limits, Network, Power } from '../../../shared/control-methods.ts';
import type { Controls, SiteControls, Window } from '../../../shared/controls.ts';
import { parseId } from '../../../shared/id.ts';
import type { Reason } from '../../../shared/item.ts';
import type { TransferLimits, TransferPauses } from '../../core/ports.ts';
import { nextChange, pauseEnd, windowsAt } from './schedule.ts';

/** What the person paused. Unix ms until when; 0 = until resumed. */
export interface Pauses {
  all: number | null;
  sites: Record<string, number>;
  /** by id */
  items: Record<string, number>;
}

export interface Circumstances {
  /** Unix ms */
  now: number;
  /** IANA name of the time zone */
  zone: string;
  power: Power;
  network: Network;
  pauses: Pauses;
  /** bytes that a site's requests downloaded in this calendar month, and in all */
  used(origin: string): { month: number; total: number };
}

export interface Policy {
  limits: TransferLimits;
  pauses: TransferPauses;
  /** the window of the schedule that decides; null: the usual values do */
  window: Window | null;
  /** Unix ms at which the pause of the schedule ends; null: never, or there is none */
  pauseEnd: number | null;
  /** Unix ms at which it is to be asked again; null: not before something else changes */
  next: number | null;
}

const HOUR_MS = 3_600_000;

export function policyOf(controls: Controls, given: Circumstances): Policy {
  const holding = windowsAt(controls.schedule, given.now, given.zone);
  // Where windows overlap, a pause comes before rates, and then the first in the list.
  const window = holding.find(each => 'pause' in each) ?? holding[0] ?? null;
  return {
    limits: limitsOf(controls, window),
    pauses: pausesOf(controls, given, window),
    window,
    pauseEnd: window && 'pause' in window ? pauseEnd(controls.schedule, given.now, given.zone) : null,
    next: nextOf(controls, given),
  };
}

function limitsOf(controls: Controls, window: Window | null): TransferLimits {
  return {
    ...ratesOf(controls, window),
    limitLan: controls.limitLan,
    sites: new Map(Object.entries(controls.sites).map(([origin, site]) => [origin, siteRates(site)])),
    uploadSlots: controls.uploadSlots,
    activeDownloads: controls.activeDownloads,
    keepFree: controls.keepFree,
    seedRatio: controls.seedRatio,
    seedMs: controls.seedHours === null ? null : controls.seedHours * HOUR_MS,
  };
}

function ratesOf({ down, up }: Controls, window: Window | null): Limits {
  if (!window || 'pause' in window) return { down, up };
  return { down: window.down === undefined ? down : window.down, up: window.up === undefined ? up : window.up };
}

function siteRates({ down = null, up = null }: SiteControls): Limits {
  return { down, up };
}

function pausesOf(controls: Controls, given: Circumstances, window: Window | null): TransferPauses {
  const { pauses, now } = given;
  const current = (of: Record<string, number>) => Object.keys(of).filter(name => isPaused(of[name], now));
  return {
    all: reasonForAll(controls, given, window),
    sites: new Set(current(pauses.sites)),
    items: new Set(current(pauses.items).flatMap(name => parseId(name) ?? [])),
    spent: new Set(Object.keys(controls.sites).filter(origin => isSpent(controls, given, origin))),
  };
}

/** What the person said comes first: it is what they can take back. */
function reasonForAll(controls: Controls, given: Circumstances, window: Window | null): Reason | null {
  if (isPaused(given.pauses.all, given.now)) return 'paused-by-user';
  if (window && 'pause' in window) return 'schedule';
  if (controls.pauseOnBattery && given.power === 'battery') return 'on-battery';
  if (controls.pauseOnMetered && given.network === 'metered') return 'metered';
  return null;
}

export function isPaused(until: number | null | undefined, now: number): boolean {
  return until === 0 || (typeof until === 'number' && until > now);
}

/** The site's requests have downloaded all that they may, for now. */
export function isSpent(controls: Controls, { used }: Pick<Circumstances, 'used'>, origin: string): boolean {
  const { monthly = null, total = null } = controls.sites[origin] ?? {};
  if (monthly === null && total === null) return false;
  const so = used(origin);
  return (monthly !== null && so.month >= monthly) || (total !== null && so.total >= total);
}

function nextOf(controls: Controls, { now, zone, pauses }: Circumstances): number | null {
  const ends = [pauses.all ?? 0, ...Object.values(pauses.sites), ...Object.values(pauses.items)];
  const hasMonthly = Object.values(controls.sites).some(({ monthly = null }) => monthly !== null);
  const all = [...ends, nextChange(controls.schedule, now, zone) ?? 0, hasMonthly ? monthEnd(now, zone) : 0];
  const ahead = all.filter(at => at > now);
  return ahead.length === 0 ? null : Math.min(...ahead);
}

/** `2026-11`: the calendar month that a clock on the wall shows. */
export function monthOf(now: number, zone: string): string {
  return Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone).toPlainDate().toString().slice(0, 7);
}

function monthEnd(now: number, zone: string): number {
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone).toPlainDate();
  return today.with({ day: 1 }).add({ months: 1 }).toZonedDateTime(zone).epochMilliseconds;
}
