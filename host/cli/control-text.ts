/** The controls in words: what is set, what holds now, and until when. */

import type { ControlView, Limits, ReloadResult } from '../../shared/control-methods.ts';
import type { Window } from '../../shared/controls.ts';
import { daysName, hoursName } from '../../shared/week.ts';
import { table } from './output.ts';
import { bytes, count, languageTag, list, moment, perSecond, plainlySpaced, say } from './say.ts';

/** What a person should see in `status`: only what is not as it always is. */
export function controlLines(view: ControlView): string[] {
  const { controls, now, paused } = view;
  const lines: string[] = [];
  if (paused) lines.push(pausedText(say(`reason.${paused.reason}`), paused.until));
  if (now.down !== null || now.up !== null || view.window) lines.push(limitsLine(view));
  for (const [what, until] of [...Object.entries(view.pausedSites), ...Object.entries(view.pausedItems)]) {
    lines.push(pausedText(what, until));
  }
  for (const origin of Object.keys(controls.sites)) lines.push(siteText(view, origin));
  if (view.next !== null) lines.push(say('control.next', { time: moment(view.next) }));
  return lines;
}

function limitsLine({ now, window }: ControlView): string {
  const held = rates(now);
  return window
    ? say('control.limits-by-schedule', { rates: held, window: windowText(window) })
    : say('control.limits', { rates: held });
}

/** All of it, as `letsshare limits` says it. */
export function limitsText(view: ControlView): string {
  const { controls } = view;
  const some = (value: number | null) => (value === null ? say('limits.unlimited') : count(value));
  const rows = [
    ['down', rate(controls.down)],
    ['up', rate(controls.up)],
    ['lan', say(controls.limitLan ? 'limits.lan.on' : 'limits.lan.off')],
    ['upload-slots', some(controls.uploadSlots)],
    ['active', some(controls.activeDownloads)],
    ['keep-free', controls.keepFree === 'auto' ? say('limits.keep-free.auto') : bytes(controls.keepFree)],
    ['seed-ratio', some(controls.seedRatio)],
    ['seed-hours', some(controls.seedHours)],
    ['scan-rate', rate(controls.scanRate)],
    ['scan-priority', say(`limits.priority.${controls.scanPriority}`)],
    ['verify-days', controls.verifyDays === null ? say('limits.never') : count(controls.verifyDays)],
    ['on-battery', whenever(controls.pauseOnBattery, say(`power.${view.power}`))],
    ['on-metered', whenever(controls.pauseOnMetered, say(`network.${view.network}`))],
  ];
  const lines = [table(['limit', 'value'], rows, '')];
  const others = controlLines(view);
  if (others.length > 0) lines.push('', ...others);
  if (view.changed.length > 0) lines.push('', say('limits.changed', { names: list(view.changed) }));
  return lines.join('\n');
}

function whenever(pauses: boolean, now: string): string {
  return say(pauses ? 'limits.pauses' : 'limits.goes-on', { now });
}

export function siteText({ controls, sites }: ControlView, origin: string): string {
  const { down = null, up = null, monthly = null, total = null } = controls.sites[origin] ?? {};
  const so = sites[origin];
  const used = (limit: number | null, amount: number | undefined, key: 'site.used-monthly' | 'site.used-total') =>
    limit === null ? [] : [say(key, { used: bytes(amount ?? 0), limit: bytes(limit) })];
  const parts = [
    ...(down === null && up === null ? [] : [rates({ down, up })]),
    ...used(monthly, so?.month.down, 'site.used-monthly'),
    ...used(total, so?.total.down, 'site.used-total'),
    ...(so?.spent ? [say('site.spent')] : []),
  ];
  return say('site.limits', { origin, limits: parts.join('   ') || say('site.no-limits') });
}

export function scheduleText({ controls, window }: ControlView): string {
  const rows = controls.schedule.map((each, at) => [
    count(at + 1),
    daysText(each),
    hoursText(each),
    effectText(each),
    JSON.stringify(each) === JSON.stringify(window) ? say('schedule.now') : '',
  ]);
  return table(['no', 'days', 'hours', 'does', ''], rows, say('schedule.none'));
}

function windowText(window: Window): string {
  return `${daysText(window)} ${hoursText(window)} ${effectText(window)}`;
}

function daysText({ days }: Window): string {
  return plainlySpaced(daysName(languageTag(), days));
}

function hoursText({ from, to }: Window): string {
  return plainlySpaced(hoursName(languageTag(), from, to));
}

function effectText(window: Window): string {
  if ('pause' in window) return say('schedule.pauses');
  const parts = [
    ...(window.down === undefined ? [] : [say('rate.down', { rate: rate(window.down) })]),
    ...(window.up === undefined ? [] : [say('rate.up', { rate: rate(window.up) })]),
  ];
  return parts.join('   ') || say('schedule.nothing');
}

function rates({ down, up }: Limits): string {
  return say('rates', { down: rate(down), up: rate(up) });
}

function rate(value: number | null): string {
  return value === null ? say('rate.none') : perSecond(value);
}

/** After a pause was begun; `command` ends it. `until`: Unix ms */
export function pauseText(command: string, until: number | undefined): string {
  return until === undefined
    ? say('pause.done', { command })
    : say('pause.done-until', { command, time: moment(until) });
}

/** After a pause of the person's was ended: another one may hold still. */
export function resumedText(paused: ControlView['paused']): string {
  if (!paused) return say('resume.done');
  return say('resume.still-paused', { paused: pausedText(say(`reason.${paused.reason}`), paused.until) });
}

/** `until`: Unix ms; 0 = until resumed; null: it is not known, or goes without saying */
function pausedText(what: string, until: number | null): string {
  if (until === null) return say('paused', { what });
  return until === 0 ? say('paused.until-resumed', { what }) : say('paused.until', { what, time: moment(until) });
}

export function reloadText({ changed, restart }: ReloadResult): string {
  return [
    changed.length > 0 ? say('reload.changed', { names: list(changed) }) : say('reload.same'),
    ...(restart.length > 0 ? [say('reload.restart', { names: list(restart) })] : []),
  ].join('\n');
}
