/**
 * Which windows of the week hold at an instant, and when that may be another. What a clock on the wall shows decides, so
 * a window keeps its hours across the two changes of the year: where an hour is left out, what begins or ends within it does
 * so at its end; an hour that comes twice is judged both times by what the clock shows.
 */

import { WEEKDAYS, type Window } from '../../../shared/controls.ts';

const DAY_MINUTES = 24 * 60;
/** Today, a week, and another one for what lies in the hour that a change of the clock leaves out. */
const AHEAD_DAYS = 16;

/** The windows that hold, in the order of the schedule. `zone`: IANA name of the time zone. */
export function windowsAt(schedule: readonly Window[], now: number, zone: string): Window[] {
  const wall = wallClock(now, zone);
  return schedule.filter(window => holds(window, wall));
}

interface WallClock {
  /** 0 = Monday */
  day: number;
  minute: number;
}

function wallClock(now: number, zone: string): WallClock {
  const { dayOfWeek, hour, minute } = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone);
  return { day: dayOfWeek - 1, minute: hour * 60 + minute };
}

function holds({ days, from, to }: Window, { day, minute }: WallClock): boolean {
  const start = minuteOf(from);
  const end = minuteOf(to);
  const begins = (of: number) => days.includes(WEEKDAYS[(of + 7) % 7]!);
  if (start < end) return begins(day) && minute >= start && minute < end;
  // It ends on the day after.
  return (begins(day) && minute >= start) || (begins(day - 1) && minute < end);
}

function minuteOf(time: string): number {
  const [hour = '0', minute = '0'] = time.split(':');
  return Number(hour) * 60 + Number(minute);
}

/** The next instant (Unix ms) at which other windows hold than now; null where that never comes. */
export function nextChange(schedule: readonly Window[], now: number, zone: string): number | null {
  if (schedule.length === 0) return null;
  const current = namesOf(schedule, now, zone);
  const found = candidates(schedule, now, zone).find(at => at > now && namesOf(schedule, at, zone) !== current);
  return found ?? null;
}

/** When nothing is paused any more (Unix ms), whatever pauses follow one upon another; null where that never comes. */
export function pauseEnd(schedule: readonly Window[], now: number, zone: string): number | null {
  const pausing = schedule.filter(window => 'pause' in window);
  const found = candidates(pausing, now, zone).find(at => at > now && windowsAt(pausing, at, zone).length === 0);
  return found ?? null;
}

function namesOf(schedule: readonly Window[], now: number, zone: string): string {
  return windowsAt(schedule, now, zone)
    .map(window => schedule.indexOf(window))
    .join();
}

/** Every instant of the days to come at which a window may begin or end, in order. A week repeats itself, but for its changes of the clock. */
function candidates(schedule: readonly Window[], now: number, zone: string): number[] {
  const today = Temporal.Instant.fromEpochMilliseconds(now).toZonedDateTimeISO(zone);
  const minutes = [...new Set(schedule.flatMap(({ from, to }) => [minuteOf(from), minuteOf(to)]))];
  const midnight = today.toPlainDate();
  const instants = [...Array(AHEAD_DAYS).keys()].flatMap(ahead =>
    minutes.flatMap(minute => instantsOf(midnight.add({ days: ahead }), minute % DAY_MINUTES, zone)),
  );
  // The clock's own change puts other hours on the wall.
  const change = today.getTimeZoneTransition('next')?.epochMilliseconds;
  if (change !== undefined) instants.push(change);
  return instants.sort((a, b) => a - b);
}

/** One, or two where the hour comes twice. */
function instantsOf(date: Temporal.PlainDate, minute: number, zone: string): number[] {
  const time = date.toPlainDateTime({ hour: Math.floor(minute / 60), minute: minute % 60 });
  const at = (disambiguation: 'earlier' | 'later') => time.toZonedDateTime(zone, { disambiguation }).epochMilliseconds;
  return [...new Set([at('earlier'), at('later')])];
}
