/** The controls in a real database, by a clock in the test's hand: what they tell the engine, and when. */

import { afterEach, describe, expect, it } from 'vitest';
import { createEvents } from '../../../../host/core/events.ts';
import type { LibraryPace, TransferLimits, TransferPauses } from '../../../../host/core/ports.ts';
import { type Control, createControl } from '../../../../host/daemon/control/control.ts';
import { openDatabase } from '../../../../host/store/database.ts';
import { createSettings } from '../../../../host/store/settings.ts';
import { createUsage } from '../../../../host/store/usage.ts';
import type { Network, Power } from '../../../../shared/control-methods.ts';
import type { ControlsChange, Window } from '../../../../shared/controls.ts';
import { refuseWrites } from '../../../support/refusing.ts';
import { createHands, type Hands, idOf } from '../../../support/sites-room.ts';
import { testLog } from '../../../support/swarm.ts';

const SITE = 'https://archive.example';
const HOUR = 3_600_000;
const NOON = Temporal.ZonedDateTime.from('2026-11-18T12:00[UTC]').epochMilliseconds;

const closers: (() => void)[] = [];
afterEach(() => {
  for (const close of closers.splice(0).reverse()) close();
});

function stand(configured: ControlsChange = {}, start = NOON) {
  const database = openDatabase(':memory:');
  closers.push(() => database.close());
  const hands: Hands = createHands(start);
  const events = createEvents(thrown => {
    throw thrown;
  });
  const told: { limits?: TransferLimits; pauses?: TransferPauses; pace?: LibraryPace; times: number } = { times: 0 };
  const machine: { power: Power; network: Network } = { power: 'mains', network: 'unmetered' };
  const open = (): Control => {
    const control = createControl({
      settings: createSettings(database),
      usage: createUsage(database),
      addresses: { list: () => [] },
      torrents: {
        setLimits(limits) {
          told.limits = limits;
          told.times++;
        },
        setPaused(pauses) {
          told.pauses = pauses;
        },
      },
      queue: { ids: () => [] },
      library: {
        setPace(pace) {
          told.pace = pace;
        },
      },
      events,
      clock: hands,
      log: testLog,
      configured,
      zone: () => 'UTC',
      after: hands.after,
      readPower: async () => machine.power,
      readMetered: async () => machine.network,
    });
    closers.push(() => control.close());
    return control;
  };
  return { database, hands, events, told, machine, open, control: open() };
}

describe('a change', () => {
  it('acts at once, stands before config.json, and is there after a restart', () => {
    const { control, told, open } = stand({ down: 1000, up: 10 });
    expect(told.limits).toMatchObject({ down: 1000, up: 10 });
    control.change({ down: 500 });
    expect(told.limits).toMatchObject({ down: 500, up: 10 });
    control.close();
    const again = open();
    expect(again.view()).toMatchObject({ controls: { down: 500, up: 10 }, changed: ['down'] });
    again.configure({ down: 7, up: 8 });
    expect(told.limits).toMatchObject({ down: 500, up: 8 });
    again.reset(['down']);
    expect(told.limits).toMatchObject({ down: 7, up: 8 });
    expect(again.view().changed).toEqual([]);
  });

  it('of how files are read is told to the library; while all is paused, nothing is read again', () => {
    const { control, told } = stand({ scanRate: 1000 });
    expect(told.pace).toEqual({ rate: 1000, priority: 'low', verifyDays: 90 });
    control.change({ verifyDays: 7, scanRate: null, scanPriority: 'normal' });
    expect(told.pace).toEqual({ rate: null, priority: 'normal', verifyDays: 7 });
    control.pause(0, {});
    expect(told.pace?.verifyDays).toBeNull();
  });

  it('of one value of one site leaves its others, and null takes it away', () => {
    const { control } = stand({ sites: { [SITE]: { down: 5, monthly: 9 } } });
    control.change({ sites: { [SITE]: { up: 3 } } });
    expect(control.view().controls.sites).toEqual({ [SITE]: { down: 5, monthly: 9, up: 3 } });
    control.change({ sites: { [SITE]: { up: null, down: null, monthly: null } } });
    expect(control.view().controls.sites).toEqual({});
  });

  it('of one site is taken back by itself', () => {
    const { control } = stand({ sites: { [SITE]: { down: 5 } } });
    control.change({ up: 7, sites: { [SITE]: { down: 3 }, 'https://other.example': { up: 2 } } });
    control.resetSite(SITE);
    expect(control.view().controls).toMatchObject({
      up: 7,
      sites: { [SITE]: { down: 5 }, 'https://other.example': { up: 2 } },
    });
    control.resetSite('https://other.example');
    expect(control.view().changed).toEqual(['up']);
  });

  it('of a site that has no grant any longer is forgotten, with its pause and what it used', () => {
    const { control, events, told, open } = stand();
    control.change({ sites: { [SITE]: { total: 100 } } });
    control.pause(0, { site: SITE });
    events.emit('bytes.moved', { id: idOf(1), by: [SITE], down: 200, up: 0, held: false });
    expect(control.view().sites[SITE]).toMatchObject({ total: { down: 200 } });
    control.forget(SITE);
    expect(control.view()).toMatchObject({ controls: { sites: {} }, pausedSites: {}, changed: [] });
    expect(told.pauses).toMatchObject({ sites: new Set(), spent: new Set() });
    control.close();
    const again = open();
    again.change({ sites: { [SITE]: { total: 100 } } });
    expect(again.view().sites[SITE]).toEqual({ month: { down: 0, up: 0 }, total: { down: 0, up: 0 }, spent: false });
  });

  it('that changes nothing tells the engine nothing', () => {
    const { control, told } = stand();
    control.change({ down: null });
    expect(told.times).toBe(1);
  });
});

describe('the clock', () => {
  it('begins and ends a window of the schedule', () => {
    const { control, hands, told } = stand();
    control.change({ up: 9, schedule: [{ days: ['wed'], from: '14:00', to: '15:00', up: 5 }] });
    expect(told.limits?.up).toBe(9);
    hands.pass(2 * HOUR - 1);
    expect(told.limits?.up).toBe(9);
    hands.pass(1);
    expect(told.limits?.up).toBe(5);
    hands.pass(HOUR);
    expect(told.limits?.up).toBe(9);
  });

  const pause = (from: string, to: string): Window => ({ days: ['wed'], from, to, pause: true });

  it.each<[string, ControlsChange, (control: Control) => void]>([
    [
      'a pause of one file that ends before',
      { schedule: [pause('11:00', '18:00')] },
      control => control.pause(NOON + 3 * HOUR, { id: idOf(1) }),
    ],
    [
      'a rate that begins before',
      { schedule: [pause('11:00', '18:00'), { days: ['wed'], from: '15:00', to: '16:00', up: 5 }] },
      () => {},
    ],
    ['the pause that follows at once', { schedule: [pause('11:00', '14:00'), pause('14:00', '18:00')] }, () => {}],
  ])('tells when everything goes on that the schedule pauses: %s', (_, configured, change) => {
    const { control, hands, told } = stand(configured);
    change(control);
    const until = NOON + 6 * HOUR;
    expect(control.view().paused).toEqual({ reason: 'schedule', until });
    expect(control.view().next).toBeLessThan(until);
    hands.pass(6 * HOUR - 1);
    expect(told.pauses?.all).toBe('schedule');
    hands.pass(1);
    expect(control.view().paused).toBeNull();
  });

  it('tells when everything goes on that the schedule pauses: a month that ends before', () => {
    const start = NOON + 12 * 24 * HOUR; // 2026-11-30, a Monday
    const schedule: Window[] = [{ days: ['mon', 'tue'], from: '00:00', to: '00:00', pause: true }];
    const { control } = stand({ schedule, sites: { [SITE]: { monthly: 100 } } }, start);
    expect(control.view()).toMatchObject({
      next: start + 12 * HOUR,
      paused: { reason: 'schedule', until: start + 36 * HOUR },
    });
  });

  it('ends a pause, and one that was ended does not come again when the clock is set back', () => {
    const { control, hands, told } = stand();
    control.pause(NOON + HOUR, {});
    control.pause(0, { site: SITE });
    control.pause(NOON + 2 * HOUR, { id: idOf(1) });
    expect(told.pauses).toMatchObject({ all: 'paused-by-user', sites: new Set([SITE]), items: new Set([idOf(1)]) });
    hands.pass(HOUR);
    expect(told.pauses?.all).toBeNull();
    hands.pass(HOUR);
    expect(told.pauses).toMatchObject({ sites: new Set([SITE]), items: new Set() });
    hands.pass(-HOUR);
    control.change({ up: 1 });
    expect(told.pauses).toMatchObject({ all: null, items: new Set() });
  });

  it('resuming everything leaves nothing paused', () => {
    const { control, told } = stand();
    control.pause(0, {});
    control.pause(0, { site: SITE });
    control.resume({});
    expect(told.pauses).toMatchObject({ all: null, sites: new Set() });
  });
});

describe('the machine', () => {
  it.each([
    ['it runs on its battery', 'pauseOnBattery', { power: 'battery' }, { power: 'mains' }, 'on-battery'],
    ['its connection is metered', 'pauseOnMetered', { network: 'metered' }, { network: 'unmetered' }, 'metered'],
  ] as const)(
    'is asked only while something hangs on it, and pauses all while %s',
    async (_, key, then, else_, reason) => {
      const { control, hands, told, machine } = stand();
      Object.assign(machine, then);
      hands.pass(10 * HOUR);
      expect(control.view()).toMatchObject({ power: 'unknown', network: 'unknown', paused: null });
      control.change({ [key]: true });
      hands.pass(0);
      await control.freshView();
      expect(told.pauses?.all).toBe(reason);
      expect(control.view()).toMatchObject({ ...then, paused: { reason, until: null } });
      Object.assign(machine, else_);
      await control.freshView();
      expect(told.pauses?.all).toBeNull();
      Object.assign(machine, then);
      await control.freshView();
      control.change({ [key]: false });
      expect(told.pauses?.all).toBeNull();
    },
  );

  it('is asked again by itself, and what is not known pauses nothing', async () => {
    const { control, hands, told, machine } = stand({ pauseOnMetered: true, pauseOnBattery: true });
    machine.network = 'metered';
    const asked = async () => {
      hands.pass(30_000);
      await new Promise(setImmediate);
      return told.pauses?.all;
    };
    expect(await asked()).toBe('metered');
    machine.power = 'battery';
    expect(await asked()).toBe('on-battery');
    machine.power = 'unknown';
    machine.network = 'unknown';
    expect(await asked()).toBeNull();
    control.close();
    machine.network = 'metered';
    expect(await asked()).toBeNull();
  });
});

describe('a quota', () => {
  it('counts what the site brought in, holds it when it is used up, and lets it go on the next month', () => {
    const { control, events, hands, told } = stand({}, NOON + 12 * 24 * HOUR);
    control.change({ sites: { [SITE]: { monthly: 100 } } });
    const moved = (down: number) =>
      events.emit('bytes.moved', { id: idOf(1), by: [SITE, 'https://other.example'], down, up: 1, held: false });
    moved(60);
    hands.pass(5_000);
    expect(told.pauses?.spent).toEqual(new Set());
    moved(40);
    hands.pass(5_000);
    expect(told.pauses?.spent).toEqual(new Set([SITE]));
    expect(control.view().sites[SITE]).toEqual({
      month: { down: 100, up: 2 },
      total: { down: 100, up: 2 },
      spent: true,
    });
    hands.pass(12 * HOUR);
    expect(told.pauses?.spent).toEqual(new Set());
  });
});

describe('a database that cannot be written', () => {
  it('loses nothing of what moved, and the quota holds', () => {
    const { control, database, events, hands, told } = stand({ sites: { [SITE]: { monthly: 30 } } });
    const move = (down: number) => {
      events.emit('bytes.moved', { id: idOf(1), by: [SITE], down, up: 1, held: true });
      hands.pass(5_000);
    };
    move(10);
    const allow = refuseWrites(database, ['usage', 'served']);
    move(20);
    expect(control.view().sites[SITE]).toMatchObject({ month: { down: 30, up: 2 }, total: { down: 30, up: 2 } });
    expect([...(told.pauses?.spent ?? [])]).toEqual([SITE]);
    allow();
    hands.pass(5_000);
    const usage = createUsage(database);
    expect(usage.total(SITE)).toEqual({ down: 30, up: 2 });
    expect(usage.served(idOf(1))).toBe(2);
  });

  it('takes no change: it is refused, and does not act later either', () => {
    const { control, database, hands, told, open } = stand({ up: 10 });
    control.change({ down: 500, sites: { [SITE]: { down: 5 } } });
    const [limits, view] = [told.limits, control.view()];
    const allow = refuseWrites(database, ['setting']);
    const refused = [
      () => control.change({ down: 7, up: 8 }),
      () => control.change({ sites: { [SITE]: { down: 6 } } }),
      () => control.reset(['down']),
      () => control.reset(undefined),
      () => control.resetSite(SITE),
      () => control.forget(SITE),
    ];
    for (const change of refused) expect(change).toThrow(/I\/O/);
    hands.pass(HOUR);
    // Whatever makes it look again.
    control.configure({ up: 10 });
    expect(told.limits).toEqual(limits);
    expect(control.view()).toEqual(view);
    allow();
    control.close();
    expect(open().view()).toEqual(view);
  });

  it('keeps no pause beyond its end', () => {
    const { control, database, hands, told } = stand();
    control.pause(hands.now() + HOUR, {});
    expect(told.pauses?.all).toBe('paused-by-user');
    refuseWrites(database, ['setting']);
    hands.pass(HOUR);
    expect(told.pauses?.all).toBeNull();
    expect(() => control.pause(0, {})).toThrow(/I\/O/);
    hands.pass(HOUR);
    expect(control.view().paused).toBeNull();
  });
});
