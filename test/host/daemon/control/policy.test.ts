/** What holds when: windows of the week in time zones that change their clocks, pauses, quotas, the machine. */

import { describe, expect, it } from 'vitest';
import { type Circumstances, monthOf, policyOf } from '../../../../host/daemon/control/policy.ts';
import { nextChange, pauseEnd, windowsAt } from '../../../../host/daemon/control/schedule.ts';
import { type Controls, DEFAULT_CONTROLS, WEEKDAYS, type Window } from '../../../../shared/controls.ts';
import { idOf } from '../../../support/sites-room.ts';

const ZONE = 'Europe/Berlin';
const at = (text: string, zone = ZONE) => Temporal.ZonedDateTime.from(`${text}[${zone}]`).epochMilliseconds;
const daily = (from: string, to: string): Window => ({ days: [...WEEKDAYS], from, to, pause: true });

function given(change: Partial<Circumstances> = {}): Circumstances {
  return {
    now: at('2026-11-18T12:00'), // a Wednesday
    zone: ZONE,
    power: 'unknown',
    network: 'unknown',
    pauses: { all: null, sites: {}, items: {} },
    used: () => ({ month: 0, total: 0 }),
    ...change,
  };
}

function policy(controls: Partial<Controls>, change: Partial<Circumstances> = {}) {
  return policyOf({ ...DEFAULT_CONTROLS, ...controls }, given(change));
}

describe('a window of the week', () => {
  const office: Window = { days: ['mon', 'tue', 'wed', 'thu', 'fri'], from: '08:00', to: '18:00', down: 100, up: 50 };
  const night: Window = { days: ['fri'], from: '22:00', to: '06:00', pause: true };

  it.each([
    ['2026-11-18T07:59', []],
    ['2026-11-18T08:00', [office]],
    ['2026-11-18T17:59', [office]],
    ['2026-11-18T18:00', []],
    ['2026-11-21T12:00', []], // Saturday
    ['2026-11-20T22:00', [night]],
    ['2026-11-21T05:59', [night]],
    ['2026-11-21T06:00', []],
    ['2026-11-22T00:00', []],
  ])('holds by what the clock shows: %s', (time, windows) => {
    expect(windowsAt([office, night], at(time), ZONE)).toEqual(windows);
  });

  it('is the whole day where it begins and ends at the same time', () => {
    const sunday: Window = { days: ['sun'], from: '00:00', to: '00:00', pause: true };
    expect(windowsAt([sunday], at('2026-11-22T23:59'), ZONE)).toHaveLength(1);
    expect(windowsAt([sunday], at('2026-11-23T00:00'), ZONE)).toHaveLength(0);
  });

  it('tells when another one holds', () => {
    expect(nextChange([office], at('2026-11-18T12:00'), ZONE)).toBe(at('2026-11-18T18:00'));
    expect(nextChange([office], at('2026-11-20T18:00'), ZONE)).toBe(at('2026-11-23T08:00'));
    expect(nextChange([night], at('2026-11-21T06:00'), ZONE)).toBe(at('2026-11-27T22:00'));
    expect(nextChange([], at('2026-11-18T12:00'), ZONE)).toBeNull();
    expect(nextChange([daily('00:00', '00:00')], at('2026-11-18T12:00'), ZONE)).toBeNull();
  });
});

describe('a pause of the schedule', () => {
  const night = daily('22:00', '06:00');
  const on = (days: Window['days'], from: string, to: string): Window => ({ days, from, to, pause: true });
  const slow: Window = { days: [...WEEKDAYS], from: '00:00', to: '05:00', down: 100 };

  it.each<[string, Window[], string, string | null]>([
    ['at its end', [night], '2026-11-18T22:30', '2026-11-19T06:00'],
    ['whatever rates begin and end within it', [slow, night], '2026-11-18T22:30', '2026-11-19T06:00'],
    ['with the one that adjoins it', [night, daily('06:00', '07:00')], '2026-11-18T22:30', '2026-11-19T07:00'],
    ['with the one that overlaps it', [night, daily('05:00', '07:00')], '2026-11-18T22:30', '2026-11-19T07:00'],
    ['with the one that contains it', [night, daily('21:00', '07:00')], '2026-11-18T22:30', '2026-11-19T07:00'],
    [
      'after days',
      [on(['fri'], '18:00', '00:00'), on(['sat', 'sun'], '00:00', '00:00')],
      '2026-11-20T18:00',
      '2026-11-23T00:00',
    ],
    [
      'after a week but a minute',
      [on([...WEEKDAYS.slice(1)], '00:00', '00:00'), on(['mon'], '00:01', '00:00')],
      '2026-11-16T00:01',
      '2026-11-23T00:00',
    ],
    ['never, where it is the whole week', [daily('00:00', '00:00')], '2026-11-18T22:30', null],
    ['never, where several are', [night, daily('06:00', '22:00')], '2026-11-18T22:30', null],
    // 2026-03-29: 02:00 becomes 03:00; 2026-10-25: 03:00 becomes 02:00 again.
    [
      'where its end is left out, at the end of that hour',
      [daily('22:00', '02:30')],
      '2026-03-28T23:00',
      '2026-03-29T03:00',
    ],
    [
      'where its end comes twice, at the first',
      [daily('22:00', '02:30')],
      '2026-10-24T23:00',
      '2026-10-25T02:30+02:00',
    ],
    [
      'a week later where what is between is left out',
      [on(['sun'], '00:00', '02:00'), on(['sun'], '03:00', '00:00'), on([...WEEKDAYS.slice(0, 6)], '00:00', '00:00')],
      '2026-03-25T12:00',
      '2026-04-05T02:00',
    ],
  ])('ends %s', (_, schedule, now, end) => {
    const expected = end === null ? null : at(end);
    expect(pauseEnd(schedule, at(now), ZONE)).toBe(expected);
    expect(policy({ schedule }, { now: at(now) })).toMatchObject({ pauses: { all: 'schedule' }, pauseEnd: expected });
  });
});

describe('the two nights on which the clock changes', () => {
  // 2026-03-29: 02:00 becomes 03:00; 2026-10-25: 03:00 becomes 02:00 again.
  it('a window that begins in the hour that is left out begins at its end', () => {
    const schedule = [daily('02:30', '04:00')];
    const skip = at('2026-03-29T03:00');
    expect(nextChange(schedule, at('2026-03-29T01:00'), ZONE)).toBe(skip);
    expect(windowsAt(schedule, skip - 1, ZONE)).toHaveLength(0);
    expect(windowsAt(schedule, skip, ZONE)).toHaveLength(1);
    expect(nextChange(schedule, skip, ZONE)).toBe(at('2026-03-29T04:00'));
  });

  it('a window that lies in the hour that is left out holds again a week later', () => {
    const schedule: Window[] = [{ days: ['sun'], from: '02:00', to: '03:00', down: 100 }];
    expect(nextChange(schedule, at('2026-03-22T03:00'), ZONE)).toBe(at('2026-04-05T02:00'));
  });

  it('a window that lies in the hour that comes twice holds twice, and nothing is missed between', () => {
    const schedule = [daily('02:15', '02:45')];
    const times: string[] = [];
    for (let now = at('2026-10-25T01:00'), n = 0; n < 4; n++) {
      now = nextChange(schedule, now, ZONE)!;
      times.push(Temporal.Instant.fromEpochMilliseconds(now).toString());
    }
    expect(times).toEqual([
      '2026-10-25T00:15:00Z',
      '2026-10-25T00:45:00Z',
      '2026-10-25T01:15:00Z',
      '2026-10-25T01:45:00Z',
    ]);
  });

  it('a window over the whole night keeps its hours, and is an hour shorter or longer', () => {
    const schedule = [daily('22:00', '06:00')];
    const length = (evening: string) => {
      const begin = nextChange(schedule, at(`${evening}T12:00`), ZONE)!;
      return (nextChange(schedule, begin, ZONE)! - begin) / 3_600_000;
    };
    expect([length('2026-03-28'), length('2026-10-24'), length('2026-11-18')]).toEqual([7, 9, 8]);
  });

  it('nothing is missed around any change, in zones with odd ones', () => {
    const schedule = [daily('01:45', '02:20'), daily('23:50', '00:10')];
    for (const zone of [ZONE, 'Australia/Lord_Howe', 'America/St_Johns', 'UTC']) {
      for (const [from, to] of [
        ['2026-03-07', '2026-03-09'],
        ['2026-03-28', '2026-04-06'],
        ['2026-10-03', '2026-10-05'],
        ['2026-10-24', '2026-11-02'],
      ]) {
        let now = at(`${from}T00:00`, zone);
        const end = at(`${to}T00:00`, zone);
        while (now < end) {
          const next = nextChange(schedule, now, zone)!;
          const names = (when: number) => windowsAt(schedule, when, zone).length;
          expect(names(next)).not.toBe(names(now));
          for (let minute = now; minute < next; minute += 300_000) expect(names(minute)).toBe(names(now));
          expect(names(next - 1)).toBe(names(now));
          now = next;
        }
      }
    }
  });
});

describe('the policy', () => {
  const slow: Window = { days: [...WEEKDAYS], from: '08:00', to: '18:00', down: 100 };

  it('puts the rates of a window in the place of the usual ones, and leaves those it does not name', () => {
    const { limits, window, next } = policy({ down: 1000, up: 500, schedule: [slow] });
    expect(limits).toMatchObject({ down: 100, up: 500 });
    expect(window).toEqual(slow);
    expect(next).toBe(at('2026-11-18T18:00'));
    expect(policy({ down: 1000, schedule: [slow] }, { now: at('2026-11-18T20:00') }).limits.down).toBe(1000);
  });

  it('lets a pause come before rates, wherever it stands', () => {
    const { pauses } = policy({ schedule: [slow, daily('11:00', '13:00')] });
    expect(pauses.all).toBe('schedule');
  });

  it.each([
    ['until resumed', { all: 0 }, {}, 'paused-by-user'],
    ['for a time', { all: at('2026-11-18T13:00') }, {}, 'paused-by-user'],
    ['a time that is over', { all: at('2026-11-18T12:00') }, {}, null],
    ['on the battery', {}, { power: 'battery' }, 'on-battery'],
    ['on mains', {}, { power: 'mains' }, null],
    ['where power is not known', {}, { power: 'unknown' }, null],
    ['on a metered connection', {}, { network: 'metered' }, 'metered'],
    ['where the connection is not known', {}, { network: 'unknown' }, null],
    ['by hand and on the battery', { all: 0 }, { power: 'battery' }, 'paused-by-user'],
  ] as const)('pauses all: %s', (_, pauses, machine, reason) => {
    const controls = { pauseOnBattery: true, pauseOnMetered: true };
    const now = policy(controls, { ...machine, pauses: { all: null, sites: {}, items: {}, ...pauses } });
    expect(now.pauses.all).toBe(reason);
  });

  it('goes on upon the battery where that was not asked for', () => {
    expect(policy({}, { power: 'battery', network: 'metered' }).pauses.all).toBeNull();
  });

  it('pauses sites and ids, each until its time, and names the first end', () => {
    const ends = [at('2026-11-18T14:00'), at('2026-11-18T13:00')] as const;
    const pauses = {
      all: null,
      sites: { 'https://a.example': ends[0], 'https://b.example': 1 },
      items: { [idOf(1)]: ends[1] },
    };
    const now = policy({}, { pauses });
    expect([...now.pauses.sites]).toEqual(['https://a.example']);
    expect([...now.pauses.items]).toEqual([idOf(1)]);
    expect(now.next).toBe(ends[1]);
  });

  it('holds a site that has used up its month, until the next one, or all that it may', () => {
    const used = () => ({ month: 100, total: 300 });
    const spent = (site: object) => policy({ sites: { 'https://a.example': site } }, { used }).pauses.spent.size;
    expect(spent({ monthly: 101 })).toBe(0);
    expect(spent({ monthly: 100 })).toBe(1);
    expect(spent({ total: 301, monthly: 1000 })).toBe(0);
    expect(spent({ total: 300, monthly: 1000 })).toBe(1);
    expect(policy({ sites: { 'https://a.example': { monthly: 5 } } }).next).toBe(at('2026-12-01T00:00'));
    expect(monthOf(at('2026-12-01T00:00') - 1, ZONE)).toBe('2026-11');
    expect(monthOf(at('2026-12-01T00:00'), ZONE)).toBe('2026-12');
  });
});
