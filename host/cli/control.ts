/** Commands for what transfers may use, and when: limits, pause, resume, schedule, quota, reload. */

import { type Command, InvalidArgumentError, Option } from 'commander';
import type { ControlKey, ControlsChange, SiteControls, Window } from '../../shared/controls.ts';
import { CONTROL_KEYS } from '../../shared/controls.ts';
import type { DaemonClient } from '../daemon/client.ts';
import { type CommonOptions, command, withDaemon } from './context.ts';
import { limitsText, pauseText, reloadText, resumedText, scheduleText, siteText } from './control-text.ts';
import { failure } from './failure.ts';
import { oneId } from './items.ts';
import { print } from './output.ts';
import { amount, count, hours, instant, number, origin, rate, span, weekdays } from './quantities.ts';
import { bytes, say } from './say.ts';

type Choice = 'on' | 'off';

export function addControlCommands(program: Command): void {
  addLimits(program);
  addPauses(program);
  addSchedule(program);
  addQuota(program);
  command(program, 'reload', say('help.reload')).action((options: CommonOptions) =>
    withDaemon(options, async daemon => print(options, await daemon.call('control.reload', {}), reloadText)),
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
  command(program, 'limits', say('help.limits'))
    .option('--up <rate>', say('help.limits.up'))
    .option('--down <rate>', say('help.limits.down'))
    .option('--site <origin>', say('help.limits.site'))
    .addOption(new Option('--lan <choice>', say('help.limits.lan')).choices(['on', 'off']))
    .option('--upload-slots <n>', say('help.limits.upload-slots'))
    .option('--active <n>', say('help.limits.active'))
    .option('--keep-free <bytes>', say('help.limits.keep-free'))
    .option('--seed-ratio <n>', say('help.limits.seed-ratio'))
    .option('--seed-hours <n>', say('help.limits.seed-hours'))
    .option('--scan-rate <rate>', say('help.limits.scan-rate'))
    .addOption(new Option('--scan-priority <choice>', say('help.limits.scan-priority')).choices(['normal', 'low']))
    .option('--verify-days <n>', say('help.limits.verify-days'))
    .option('--reset [name...]', say('help.limits.reset'))
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
  throw failure('invalid', 'limits.reset-names');
}

/** It may be meant, for a grant to come; more often it is a slip. */
async function sayUnlessGranted(daemon: DaemonClient, site: string): Promise<void> {
  const granted = (await daemon.call('site.list', {})).some(each => each.origin === site);
  if (!granted) console.error(say('control.no-grant', { site }));
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
    throw failure('invalid', 'limits.unknown', { name, names: CONTROL_KEYS.join(', ') });
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
  const pause = command(program, 'pause', say('help.pause'))
    .option('--site <origin>', say('help.pause.site'))
    .option('--id <id>', say('help.pause.id'))
    .addOption(new Option('--minutes <n>', say('help.pause.minutes')).argParser(minutes).conflicts(['for', 'until']))
    .addOption(new Option('--for <time>', say('help.pause.for')).conflicts('until'))
    .option('--until <time>', say('help.pause.until'));
  for (const [name, what] of [
    ['--on-battery', say('help.pause.on-battery')],
    ['--on-metered', say('help.pause.on-metered')],
  ] as const) {
    const others = ['site', 'id', 'minutes', 'for', 'until'];
    pause.addOption(new Option(`${name} <choice>`, what).choices(['on', 'off']).conflicts(others));
  }
  pause.action(pauseNow);

  command(program, 'resume', say('help.resume'))
    .option('--site <origin>', say('help.resume.site'))
    .option('--id <id>', say('help.resume.id'))
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
    const command = `letsshare resume${again.join('')}`;
    print(options, { paused: true, ...(until !== undefined && { until }) }, () => pauseText(command, until));
  });
}

function endOf(options: PauseOptions): number | undefined {
  if (options.minutes !== undefined) return Date.now() + span(`${options.minutes}m`);
  if (options.for !== undefined) return Date.now() + span(options.for);
  return options.until === undefined ? undefined : instant(options.until);
}

function minutes(text: string): string {
  if (/^[1-9]\d*$/.test(text)) return text;
  throw new InvalidArgumentError(say('wrong.from-1'));
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
  const schedule = program.command('schedule').description(say('help.schedule'));

  command(schedule, 'list', say('help.schedule.list')).action((options: CommonOptions) =>
    withDaemon(options, async daemon => print(options, await daemon.call('control.get', {}), scheduleText)),
  );

  command(schedule, 'add', say('help.schedule.add'))
    .option('--days <days>', say('help.schedule.add.days'), 'daily')
    .requiredOption('--hours <hours>', say('help.schedule.add.hours'))
    .option('--up <rate>', say('help.schedule.add.up'))
    .option('--down <rate>', say('help.schedule.add.down'))
    .addOption(new Option('--pause', say('help.schedule.add.pause')).conflicts(['up', 'down']))
    .action((options: WindowOptions) => changeSchedule(options, windows => [...windows, windowOf(options)]));

  command(schedule, 'remove', say('help.schedule.remove'))
    .argument('<no>', say('help.schedule.remove.no'))
    .action((no: string, options: CommonOptions) =>
      changeSchedule(options, windows => {
        if (windows[Number(no) - 1]) return windows.filter((_, at) => at !== Number(no) - 1);
        throw failure('not-found', 'schedule.no-window', { no });
      }),
    );

  command(schedule, 'clear', say('help.schedule.clear')).action((options: CommonOptions) =>
    changeSchedule(options, () => []),
  );
}

function windowOf(options: WindowOptions): Window {
  const base = { days: weekdays(options.days), ...hours(options.hours) };
  if (options.pause) return { ...base, pause: true };
  if (options.up === undefined && options.down === undefined) throw failure('invalid', 'schedule.does-nothing');
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
  command(program, 'quota', say('help.quota'))
    .argument('<origin>')
    .option('--monthly <bytes>', say('help.quota.monthly'))
    .option('--total <bytes>', say('help.quota.total'))
    .option('--kept <bytes>', say('help.quota.kept'))
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
    const kept = result.kept === null ? '' : `   ${say('quota.keeps', { amount: bytes(result.kept) })}`;
    print(options, result, () => siteText(view, site) + kept);
  });
}

async function setKept(daemon: DaemonClient, site: string, quota: number | null): Promise<void> {
  const granted = (await daemon.call('site.list', {})).some(each => each.origin === site);
  if (!granted) throw failure('not-found', 'site.no-grant', { site });
  await daemon.call('site.grant', { origin: site, quota });
}
