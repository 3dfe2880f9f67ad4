/** Commands for what transfers may use, and when: limits, pause, resume, schedule, quota, reload. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ControlKey, ControlsChange, SiteControls, Window } from '../../shared/controls.ts';
import { CONTROL_KEYS } from '../../shared/controls.ts';
import { LsdError } from '../../shared/errors.ts';
import type { DaemonClient } from '../daemon/client.ts';
import { type CommonOptions, command, withDaemon } from './context.ts';
import { limitsText, resumedText, scheduleText, siteText, untilText } from './control-text.ts';
import { oneId } from './items.ts';
import { bytes, print } from './output.ts';
import { amount, count, hours, instant, number, origin, rate, span, weekdays } from './quantities.ts';

type Choice = 'on' | 'off';

export function addControlCommands(program: Command): void {
  addLimits(program);
  addPauses(program);
  addSchedule(program);
  addQuota(program);
  command(program, 'reload', 'read config.json again; it is read by itself when it changes').action(
    (options: CommonOptions) =>
      withDaemon(options, async daemon =>
        print(options, await daemon.call('control.reload', {}), ({ changed, restart }) =>
          [
            changed.length > 0 ? `Taken up: ${changed.join(', ')}.` : 'No limit is another.',
            restart.length > 0 ? `Waits for "letsshare restart": ${restart.join(', ')}.` : '',
          ]
            .filter(line => line !== '')
            .join('\n'),
        ),
      ),
  );
}

// ---------------------------------------------------------------- limits

interface LimitOptions extends CommonOptions {
  up?: string;
  down?: string;
  site?: string;
  lan?: Choice;
  uploadSlots?: string;
  active?: string;
  keepFree?: string;
  seedRatio?: string;
  seedHours?: string;
  scanRate?: string;
  scanPriority?: string;
  verifyDays?: string;
  reset?: string[] | true;
}

function addLimits(program: Command): void {
  command(program, 'limits', 'what transfers may use; rates are bytes a second (500k, 2m, none)')
    .option('--up <rate>', 'what is sent, in bytes a second: 500000, 500k, 2m, or none')
    .option('--down <rate>', 'what is fetched, the same')
    .option('--site <origin>', '--up, --down and --reset are for this site alone')
    .addOption(new Option('--lan <choice>', 'the rates hold in the local network too').choices(['on', 'off']))
    .option('--upload-slots <n>', 'peers that are served at once: a number, or none')
    .option('--active <n>', 'downloads that run at once: a number, or none')
    .option('--keep-free <bytes>', 'what stays free on the disk, in bytes: 500m, 5g, or auto')
    .option('--seed-ratio <n>', 'a download is served until it was uploaded so many times its size: 1.5, or none')
    .option('--seed-hours <n>', 'or so many hours after it was verified: 48, or none')
    .option('--scan-rate <rate>', 'what a scan reads of the disk, in bytes a second: 50m, or none')
    .addOption(new Option('--scan-priority <choice>', 'low: other programs go first').choices(['normal', 'low']))
    .option('--verify-days <n>', 'every file is read again once in so many days, to find bit rot: 90, or none')
    .option('--reset [name...]', 'back to what config.json says: these limits, or all of them')
    .action(limits);
}

async function limits(options: LimitOptions): Promise<void> {
  await withDaemon(options, async daemon => {
    const change = changeOf(options);
    if (options.reset) await daemon.call('control.reset', resetOf(options));
    if (Object.keys(change).length > 0) await daemon.call('control.set', change);
    if (options.site !== undefined) await sayUnlessGranted(daemon, origin(options.site));
    print(options, await daemon.call('control.get', {}), limitsText);
  });
}

function changeOf(options: LimitOptions): ControlsChange {
  const given = <T>(text: string | undefined, name: string, read: (text: string) => T) =>
    text === undefined ? {} : { [name]: read(text) };
  const rates: SiteControls = { ...given(options.up, 'up', rate), ...given(options.down, 'down', rate) };
  return {
    ...ratesOf(options.site, rates),
    ...given(options.lan, 'limitLan', text => text === 'on'),
    ...given(options.uploadSlots, 'uploadSlots', count),
    ...given(options.active, 'activeDownloads', count),
    ...given(options.keepFree, 'keepFree', text => (text === 'auto' ? text : (amount(text) ?? 0))),
    ...given(options.seedRatio, 'seedRatio', number),
    ...given(options.seedHours, 'seedHours', number),
    ...given(options.scanRate, 'scanRate', rate),
    ...given(options.scanPriority, 'scanPriority', text => text),
    ...given(options.verifyDays, 'verifyDays', count),
  };
}

/** Of a site nothing is changed where no rate is given: it is reset, or looked at. */
function ratesOf(site: string | undefined, rates: SiteControls): ControlsChange {
  if (site === undefined) return rates;
  return Object.keys(rates).length === 0 ? {} : { sites: { [origin(site)]: rates } };
}

function resetOf({ reset, site }: LimitOptions): { keys?: ControlKey[]; site?: string } {
  if (site === undefined) return reset === undefined || reset === true ? {} : { keys: keysOf(reset) };
  if (reset === true) return { site: origin(site) };
  throw new LsdError('invalid', 'With --site, --reset takes no names: it takes back all that was changed of the site.');
}

/** It may be meant, for a grant to come; more often it is a slip. */
async function sayUnlessGranted(daemon: DaemonClient, site: string): Promise<void> {
  const granted = (await daemon.call('site.list', {})).some(each => each.origin === site);
  if (!granted)
    console.error(`${site} has no grant: nothing of it moves anyway. "letsshare site list" names those that do.`);
}

/** As the options are called, or as config.json does. */
const OPTION_KEYS: Record<string, ControlKey> = {
  lan: 'limitLan',
  'upload-slots': 'uploadSlots',
  active: 'activeDownloads',
  'keep-free': 'keepFree',
  'seed-ratio': 'seedRatio',
  'seed-hours': 'seedHours',
  'scan-rate': 'scanRate',
  'scan-priority': 'scanPriority',
  'verify-days': 'verifyDays',
  'on-battery': 'pauseOnBattery',
  'on-metered': 'pauseOnMetered',
};

function keysOf(names: string[]): ControlKey[] {
  return names.map(name => {
    const key = OPTION_KEYS[name] ?? CONTROL_KEYS.find(each => each === name);
    if (key) return key;
    throw new LsdError('invalid', `"${name}" is no limit. There are: ${CONTROL_KEYS.join(', ')}.`);
  });
}

// ---------------------------------------------------------------- pause

interface PauseOptions extends CommonOptions {
  site?: string;
  id?: string;
  minutes?: string;
  for?: string;
  until?: string;
  onBattery?: Choice;
  onMetered?: Choice;
}

function addPauses(program: Command): void {
  const pause = command(program, 'pause', 'stop all transfers, those of a site, or one file')
    .option('--site <origin>', 'what only this site wants')
    .option('--id <id>', 'one file')
    .addOption(new Option('--minutes <n>', 'for so many minutes only').argParser(minutes).conflicts(['for', 'until']))
    .addOption(new Option('--for <time>', 'for so long only: 30m, 1h, 2d').conflicts('until'))
    .option('--until <time>', 'until tomorrow, 18:00, or 2026-12-24T18:00');
  for (const [name, what] of [
    ['--on-battery', 'whenever this machine runs on its battery'],
    ['--on-metered', 'whenever the connection is metered'],
  ] as const) {
    const others = ['site', 'id', 'minutes', 'for', 'until'];
    pause.addOption(new Option(`${name} <choice>`, what).choices(['on', 'off']).conflicts(others));
  }
  pause.action(pauseNow);

  command(program, 'resume', 'go on after a pause; without an option, with everything')
    .option('--site <origin>', 'with the transfers of this site')
    .option('--id <id>', 'with this file')
    .action((options: PauseOptions) =>
      withDaemon(options, async daemon => {
        await daemon.call('daemon.resume', targetOf(options));
        const { paused } = await daemon.call('control.get', {});
        print(options, { paused: paused !== null, ...paused }, () => resumedText(paused));
      }),
    );
}

async function pauseNow(options: PauseOptions): Promise<void> {
  await withDaemon(options, async daemon => {
    if (options.onBattery !== undefined || options.onMetered !== undefined) {
      const view = await daemon.call('control.set', {
        ...(options.onBattery && { pauseOnBattery: options.onBattery === 'on' }),
        ...(options.onMetered && { pauseOnMetered: options.onMetered === 'on' }),
      });
      print(options, view, limitsText);
      return;
    }
    const until = endOf(options);
    const target = targetOf(options);
    await daemon.call('daemon.pause', { ...target, ...(until !== undefined && { until }) });
    if (target.site !== undefined) await sayUnlessGranted(daemon, target.site);
    const again = Object.entries(target).map(([name, value]) => ` --${name} ${value}`);
    print(
      options,
      { paused: true, ...(until !== undefined && { until }) },
      () => `Paused${untilText(until ?? null)}. "letsshare resume${again.join('')}" goes on.`,
    );
  });
}

function endOf(options: PauseOptions): number | undefined {
  if (options.minutes !== undefined) return Date.now() + span(`${options.minutes}m`);
  if (options.for !== undefined) return Date.now() + span(options.for);
  return options.until === undefined ? undefined : instant(options.until);
}

function minutes(text: string): string {
  if (/^[1-9]\d*$/.test(text)) return text;
  throw new InvalidArgumentError('It is no whole number from 1 up.');
}

function targetOf({ site, id }: PauseOptions) {
  return { ...(site !== undefined && { site: origin(site) }), ...(id !== undefined && { id: oneId(id) }) };
}

// ---------------------------------------------------------------- schedule

interface WindowOptions extends CommonOptions {
  days: string;
  hours: string;
  up?: string;
  down?: string;
  pause?: boolean;
}

function addSchedule(program: Command): void {
  const schedule = program.command('schedule').description('rates and pauses by weekday and hour');

  command(schedule, 'list', 'its windows; the first that holds decides, a pause before rates').action(
    (options: CommonOptions) =>
      withDaemon(options, async daemon => print(options, await daemon.call('control.get', {}), scheduleText)),
  );

  command(schedule, 'add', 'another window, in local time')
    .option('--days <days>', 'mon,tue or mon-fri, weekdays, weekend, daily', 'daily')
    .requiredOption('--hours <hours>', '08:00-18:00; 22:00-06:00 ends on the next day; 00:00-00:00 is the whole day')
    .option('--up <rate>', 'what is sent then, in bytes a second: 500k, 2m, or none')
    .option('--down <rate>', 'what is fetched then, the same')
    .addOption(new Option('--pause', 'nothing moves').conflicts(['up', 'down']))
    .action((options: WindowOptions) => changeSchedule(options, windows => [...windows, windowOf(options)]));

  command(schedule, 'remove', 'take a window out')
    .argument('<no>', 'its number in the list')
    .action((no: string, options: CommonOptions) =>
      changeSchedule(options, windows => {
        if (windows[Number(no) - 1]) return windows.filter((_, at) => at !== Number(no) - 1);
        throw new LsdError('not-found', `There is no window ${no}. "letsshare schedule list" numbers them.`);
      }),
    );

  command(schedule, 'clear', 'no windows').action((options: CommonOptions) => changeSchedule(options, () => []));
}

function windowOf(options: WindowOptions): Window {
  const base = { days: weekdays(options.days), ...hours(options.hours) };
  if (options.pause) return { ...base, pause: true };
  if (options.up === undefined && options.down === undefined)
    throw new LsdError('invalid', 'Say what the window does: --pause, or --up and --down.');
  return {
    ...base,
    ...(options.up !== undefined && { up: rate(options.up) }),
    ...(options.down !== undefined && { down: rate(options.down) }),
  };
}

async function changeSchedule(options: CommonOptions, change: (windows: Window[]) => Window[]): Promise<void> {
  await withDaemon(options, async daemon => {
    const { controls } = await daemon.call('control.get', {});
    const view = await daemon.call('control.set', { schedule: change(controls.schedule) });
    print(options, view, scheduleText);
  });
}

// ---------------------------------------------------------------- quota

interface QuotaOptions extends CommonOptions {
  monthly?: string;
  total?: string;
  kept?: string;
}

function addQuota(program: Command): void {
  command(program, 'quota', 'how much a site may have this home download, and keep (20g, none)')
    .argument('<origin>')
    .option('--monthly <bytes>', 'downloaded in a calendar month: 500m, 20g, 1t, or none')
    .option('--total <bytes>', 'downloaded at all, the same')
    .option('--kept <bytes>', 'kept of its requests, the same')
    .action(quota);
}

async function quota(text: string, options: QuotaOptions): Promise<void> {
  const site = origin(text);
  await withDaemon(options, async daemon => {
    const change: SiteControls = {
      ...(options.monthly !== undefined && { monthly: amount(options.monthly) }),
      ...(options.total !== undefined && { total: amount(options.total) }),
    };
    if (Object.keys(change).length > 0) await daemon.call('control.set', { sites: { [site]: change } });
    if (options.kept !== undefined) await setKept(daemon, site, amount(options.kept));
    const view = await daemon.call('control.get', {});
    const granted = (await daemon.call('site.list', {})).find(each => each.origin === site);
    await sayUnlessGranted(daemon, site);
    const result = { site, ...view.controls.sites[site], ...view.sites[site], kept: granted?.quota ?? null };
    const kept = result.kept === null ? '' : `   keeps up to ${bytes(result.kept)}`;
    print(options, result, () => siteText(view, site) + kept);
  });
}

async function setKept(daemon: DaemonClient, site: string, quota: number | null): Promise<void> {
  const granted = (await daemon.call('site.list', {})).some(each => each.origin === site);
  if (!granted) throw new LsdError('not-found', `${site} has no grant. "letsshare site add ${site}" gives one.`);
  await daemon.call('site.grant', { origin: site, quota });
}
