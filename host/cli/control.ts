/** Commands for what transfers may use, and when: limits, pause, resume, schedule, quota, reload. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import type { Controls, ControlsChange, SiteControls, Window } from '../../shared/controls.ts';
import { CONTROL_KEYS } from '../../shared/controls.ts';
import { LsdError } from '../../shared/errors.ts';
import type { DaemonClient } from '../daemon/client.ts';
import { type CommonOptions, command, withDaemon } from './context.ts';
import { limitsText, scheduleText, siteText } from './control-text.ts';
import { oneId } from './items.ts';
import { print } from './output.ts';
import { amount, hours, instant, number, origin, rate, span, weekdays } from './quantities.ts';

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
    .option('--up <rate>')
    .option('--down <rate>')
    .option('--site <origin>', 'the rates of one site')
    .addOption(new Option('--lan <choice>', 'the rates hold in the local network too').choices(['on', 'off']))
    .option('--upload-slots <n>', 'peers that are served at once, or none')
    .option('--active <n>', 'downloads that run at once, or none')
    .option('--keep-free <bytes>', 'what stays free on the disk: 5g, or auto')
    .option('--seed-ratio <n>', 'a download is served until it was uploaded so many times, or none')
    .option('--seed-hours <n>', 'or so many hours after it was verified, or none')
    .option('--scan-rate <rate>', 'what a scan reads of the disk, or none')
    .addOption(new Option('--scan-priority <choice>', 'low: other programs go first').choices(['normal', 'low']))
    .option('--verify-days <n>', 'every file is read again once in so many days, to find bit rot, or none')
    .option('--reset [name...]', 'back to what config.json says')
    .action(limits);
}

async function limits(options: LimitOptions): Promise<void> {
  await withDaemon(options, async daemon => {
    if (options.reset)
      await daemon.call('control.reset', options.reset === true ? {} : { keys: keysOf(options.reset) });
    const change = changeOf(options);
    if (Object.keys(change).length > 0) await daemon.call('control.set', change);
    print(options, await daemon.call('control.get', {}), limitsText);
  });
}

function changeOf(options: LimitOptions): ControlsChange {
  const given = <T>(text: string | undefined, name: string, read: (text: string) => T) =>
    text === undefined ? {} : { [name]: read(text) };
  const rates: SiteControls = { ...given(options.up, 'up', rate), ...given(options.down, 'down', rate) };
  return {
    ...(options.site === undefined ? rates : { sites: { [origin(options.site)]: rates } }),
    ...given(options.lan, 'limitLan', text => text === 'on'),
    ...given(options.uploadSlots, 'uploadSlots', number),
    ...given(options.active, 'activeDownloads', number),
    ...given(options.keepFree, 'keepFree', text => (text === 'auto' ? text : (amount(text) ?? 0))),
    ...given(options.seedRatio, 'seedRatio', number),
    ...given(options.seedHours, 'seedHours', number),
    ...given(options.scanRate, 'scanRate', rate),
    ...given(options.scanPriority, 'scanPriority', text => text),
    ...given(options.verifyDays, 'verifyDays', number),
  };
}

/** As the options are called, or as config.json does. */
const OPTION_KEYS: Record<string, keyof Controls> = {
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

function keysOf(names: string[]): (keyof Controls)[] {
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
    .option('--minutes <n>', 'for so many minutes only', minutes)
    .option('--for <time>', 'for so long only: 30m, 1h, 2d')
    .option('--until <time>', 'until tomorrow, 18:00, or 2026-12-24T18:00');
  for (const [name, what] of [
    ['--on-battery', 'whenever this machine runs on its battery'],
    ['--on-metered', 'whenever the connection is metered'],
  ] as const) {
    pause.addOption(new Option(`${name} <choice>`, what).choices(['on', 'off']));
  }
  pause.action(pauseNow);

  command(program, 'resume', 'go on after a pause; without an option, with everything')
    .option('--site <origin>')
    .option('--id <id>')
    .action((options: PauseOptions) =>
      withDaemon(options, async daemon => {
        await daemon.call('daemon.resume', targetOf(options));
        print(options, { paused: false }, () => 'Going on.');
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
    await daemon.call('daemon.pause', { ...targetOf(options), ...(until !== undefined && { until }) });
    print(
      options,
      { paused: true, ...(until !== undefined && { until }) },
      () => 'Paused. "letsshare resume" goes on.',
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
    .option('--up <rate>')
    .option('--down <rate>')
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
    .option('--monthly <bytes>', 'downloaded in a calendar month')
    .option('--total <bytes>', 'downloaded at all')
    .option('--kept <bytes>', 'kept of its requests')
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
    const result = { site, ...view.controls.sites[site], ...view.sites[site], kept: granted?.quota ?? null };
    print(options, result, () => siteText(view, site));
  });
}

async function setKept(daemon: DaemonClient, site: string, quota: number | null): Promise<void> {
  const granted = (await daemon.call('site.list', {})).some(each => each.origin === site);
  if (!granted) throw new LsdError('not-found', `${site} has no grant. "letsshare site add ${site}" gives one.`);
  await daemon.call('site.grant', { origin: site, quota });
}
