/** What the person may set over the control interface: rates, pauses, schedule, quotas, order, blocked addresses. */

import type { ControlView, ReloadResult } from '../../shared/control-methods.ts';
import type { ControlKey, ControlsChange } from '../../shared/controls.ts';
import { LsdError } from '../../shared/errors.ts';
import type { Id } from '../../shared/id.ts';
import type { UserMethods } from '../../shared/protocol.ts';
import type { DownloadQueue } from '../core/download-queue.ts';
import type { Torrents } from '../core/ports.ts';
import { type AddressLists, CONFIGURED_LIST, type DownloadOrder } from '../core/preferences.ts';
import { countRanges, isInRanges, mergeRanges, parseRanges } from '../platform/address-ranges.ts';
import type { Handlers } from './control.ts';

export interface LimitDeps {
  control: ControlPort;
  reload: { now(): ReloadResult };
  torrents: Torrents;
  queue: Pick<DownloadQueue, 'ids' | 'added' | 'reorder'>;
  order: Pick<DownloadOrder, 'move'>;
  addresses: AddressLists;
}

/** What the person may set; see daemon/control. */
interface ControlPort {
  view(): ControlView;
  freshView(): Promise<ControlView>;
  change(change: ControlsChange): void;
  reset(keys: readonly ControlKey[] | undefined): void;
  resetSite(origin: string): void;
  forget(origin: string): void;
  pause(until: number, target: { site?: string; id?: Id }): void;
  resume(target: { site?: string; id?: Id }): void;
}

type LimitMethod =
  | 'daemon.pause'
  | 'daemon.resume'
  | 'daemon.limits'
  | 'control.get'
  | 'control.set'
  | 'control.reset'
  | 'control.reload'
  | 'blocklist.put'
  | 'blocklist.list'
  | 'blocklist.check'
  | 'blocklist.remove'
  | 'download.move';

export function limitHandlers(deps: LimitDeps): Handlers<Pick<UserMethods, LimitMethod>> {
  const { control, reload, queue, order } = deps;
  const target = ({ site, id }: { site?: string; id?: Id }) => ({
    ...(site && { site: originOf(site) }),
    ...(id && { id }),
  });
  return {
    'daemon.pause'({ until, ...of }) {
      control.pause(until ?? 0, target(of));
      return {};
    },
    'daemon.resume'(of) {
      control.resume(target(of));
      return {};
    },
    'daemon.limits'(change) {
      if (Object.keys(change).length > 0) control.change(change);
      const { down, up } = control.view().controls;
      return { down, up };
    },
    'control.get': () => control.freshView(),
    'control.set'(change) {
      control.change(change);
      return control.view();
    },
    'control.reset'({ keys, site }) {
      if (site === undefined) control.reset(keys);
      else control.resetSite(originOf(site));
      return control.view();
    },
    'control.reload': () => reload.now(),
    'download.move'({ id, to }) {
      if (!queue.ids().includes(id)) throw notDownloading(id);
      order.move(id, to, queue.added());
      queue.reorder();
      return {};
    },
    ...blocklistHandlers(deps),
  };
}

type BlocklistMethod = Extract<LimitMethod, `blocklist.${string}`>;

function blocklistHandlers({ addresses }: LimitDeps): Handlers<Pick<UserMethods, BlocklistMethod>> {
  return {
    'blocklist.put'({ name, text, add }) {
      refuseConfigured(name);
      const { ranges, wrong } = parseRanges(text);
      if (countRanges(ranges) === 0) throw noRanges(wrong);
      const next = add ? mergeRanges([...addresses.all(name), ranges]) : ranges;
      addresses.put(name, next);
      return { ranges: countRanges(next), wrong };
    },
    'blocklist.list': () => addresses.list(),
    'blocklist.check': ({ address }) => ({ blocked: addresses.all().some(each => isInRanges(each, address)) }),
    'blocklist.remove'({ name }) {
      refuseConfigured(name);
      if (addresses.remove(name)) return {};
      throw new LsdError('not-found', `There is no list "${name}". "letsshare blocklist list" names them.`);
    },
  };
}

function refuseConfigured(name: string): void {
  if (name !== CONFIGURED_LIST) return;
  const sentence = `The list "${name}" is the "blocklist" of config.json. Change it there, or choose another name.`;
  throw new LsdError('invalid', sentence);
}

function notDownloading(id: string): LsdError {
  return new LsdError('not-found', `${id} is not being downloaded. "letsshare status" lists what is.`);
}

function noRanges([first]: string[]): LsdError {
  const seen = first === undefined ? 'it is empty' : `its first line is "${first}"`;
  return new LsdError(
    'invalid',
    `No range of addresses is in the list (${seen}). Lines are as name:1.2.3.4-1.2.3.9, 1.2.3.0/24 or 1.2.3.4.`,
  );
}

/** As browsers write an origin, whatever slash or case the person wrote. */
export function originOf(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url && /^https?:$/.test(url.protocol)) return url.origin;
  throw new LsdError('invalid', `"${text}" is no origin of a web site. Write it like https://archive.example.`);
}
