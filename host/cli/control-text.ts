/** The controls in words: what is set, what holds now, and until when. */

import type { ControlView, Limits } from '../../shared/control-methods.ts';
import type { Window } from '../../shared/controls.ts';
import { bytes, table } from './output.ts';

/** What a person should see in `status`: only what is not as it always is. */
export function controlLines(view: ControlView): string[] {
  const { controls, now, paused } = view;
  const lines: string[] = [];
  if (paused) lines.push(`paused: ${paused.reason}${untilText(paused.until)}`);
  if (now.down !== null || now.up !== null || view.window) {
    lines.push(`limits ${rates(now)}${view.window ? ` (schedule: ${windowText(view.window)})` : ''}`);
  }
  for (const [what, until] of [...Object.entries(view.pausedSites), ...Object.entries(view.pausedItems)]) {
    lines.push(`paused: ${what}${untilText(until)}`);
  }
  for (const origin of Object.keys(controls.sites)) lines.push(siteText(view, origin));
  if (view.next !== null) lines.push(`next change ${when(view.next)}`);
  return lines;
}

/** All of it, as `letsshare limits` says it. */
export function limitsText(view: ControlView): string {
  const { controls } = view;
  const some = (value: number | null, unit = '') => (value === null ? 'no limit' : `${value}${unit}`);
  const rows = [
    ['down', rate(controls.down)],
    ['up', rate(controls.up)],
    ['lan', controls.limitLan ? 'limited too' : 'not limited'],
    ['upload-slots', some(controls.uploadSlots)],
    ['active', some(controls.activeDownloads)],
    ['keep-free', controls.keepFree === 'auto' ? 'auto (1 GiB, or 2 % of a small disk)' : bytes(controls.keepFree)],
    ['seed-ratio', some(controls.seedRatio)],
    ['seed-hours', some(controls.seedHours)],
    ['scan-rate', rate(controls.scanRate)],
    ['scan-priority', controls.scanPriority],
    ['verify-days', controls.verifyDays === null ? 'never' : String(controls.verifyDays)],
    ['on-battery', `${controls.pauseOnBattery ? 'pause' : 'go on'} (now: ${power(view)})`],
    ['on-metered', `${controls.pauseOnMetered ? 'pause' : 'go on'} (now: ${network(view)})`],
  ];
  const head = ['LIMIT', 'VALUE'];
  const lines = [table(head, rows, '')];
  const others = controlLines(view);
  if (others.length > 0) lines.push('', ...others);
  const changed =
    view.changed.length > 0 ? `Changed by a command (before config.json): ${view.changed.join(', ')}.` : '';
  return [...lines, ...(changed ? ['', changed] : [])].join('\n');
}

export function siteText({ controls, sites }: ControlView, origin: string): string {
  const { down = null, up = null, monthly = null, total = null } = controls.sites[origin] ?? {};
  const so = sites[origin];
  const used = (limit: number | null, amount: number | undefined, name: string) =>
    limit === null ? [] : [`${bytes(amount ?? 0)} of ${bytes(limit)} ${name}`];
  const parts = [
    ...(down === null && up === null ? [] : [rates({ down, up })]),
    ...used(monthly, so?.month.down, 'this month'),
    ...used(total, so?.total.down, 'in all'),
    ...(so?.spent ? ['(used up)'] : []),
  ];
  return `${origin}: ${parts.join('   ') || 'no limits of its own'}`;
}

export function scheduleText({ controls, window }: ControlView): string {
  const rows = controls.schedule.map((each, at) => [
    String(at + 1),
    each.days.join(','),
    `${each.from}-${each.to}`,
    effectText(each),
    JSON.stringify(each) === JSON.stringify(window) ? 'now' : '',
  ]);
  return table(['NO', 'DAYS', 'HOURS', 'DOES', ''], rows, 'No schedule. "letsshare schedule add" makes one.');
}

function windowText(window: Window): string {
  return `${window.days.join(',')} ${window.from}-${window.to} ${effectText(window)}`;
}

function effectText(window: Window): string {
  if ('pause' in window) return 'pause';
  const part = (name: string, value: number | null | undefined) =>
    value === undefined ? [] : [`${name} ${rate(value)}`];
  return [...part('down', window.down), ...part('up', window.up)].join('   ') || 'nothing';
}

function rates({ down, up }: Limits): string {
  return `down ${rate(down)}   up ${rate(up)}`;
}

export function rate(value: number | null): string {
  return value === null ? 'none' : `${bytes(value)}/s`;
}

function power({ power: now }: ControlView): string {
  return now === 'unknown' ? 'not known' : `on ${now}`;
}

function network({ network: now }: ControlView): string {
  return now === 'unknown' ? 'not known' : now;
}

/** After a pause of the person's was ended: another one may hold still. */
export function resumedText(paused: ControlView['paused']): string {
  if (!paused) return 'Going on.';
  return `Your pause is over, but everything is still paused: ${paused.reason}${untilText(paused.until)}. "letsshare limits" says by what.`;
}

/** `until`: Unix ms; 0 = until resumed; null: it is not known, or goes without saying */
export function untilText(until: number | null): string {
  if (until === null) return '';
  return until === 0 ? ', until "letsshare resume"' : `, until ${when(until)}`;
}

function when(at: number): string {
  return new Date(at).toLocaleString();
}
