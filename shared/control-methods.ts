/** How the person limits, pauses and orders transfers, and what holds of it now. */

import type { ControlKey, Controls, ControlsChange, Window } from './controls.ts';
import type { Id } from './id.ts';
import type { Reason } from './item.ts';

export interface Limits {
  /** bytes a second; null = no limit */
  down: number | null;
  up: number | null;
}
export type Power = 'battery' | 'mains' | 'unknown';
export type Network = 'metered' | 'unmetered' | 'unknown';

/** bytes */
export interface Amounts {
  down: number;
  up: number;
}

/** Every control: what is set, and what holds now. */
export interface ControlView {
  /** defaults, under config.json, under what was changed by a call */
  controls: Controls;
  /** what was changed by a call, until it is reset */
  changed: ControlKey[];
  /** the rates that hold now */
  now: Limits;
  /** the window of the schedule that holds now */
  window: Window | null;
  /** why everything stands still; `until`: Unix ms, 0 = until resumed, null = it depends */
  paused: { reason: Reason; until: number | null } | null;
  /** Unix ms until when a site or an id is paused; 0 = until resumed */
  pausedSites: Record<string, number>;
  pausedItems: Record<string, number>;
  /** Unix ms of the next change by the clock */
  next: number | null;
  power: Power;
  network: Network;
  /** downloads in their order, the first 100, where not all may run at once: ids, info hashes, and sd hashes of LBRY's streams */
  queue: string[];
  /** addresses that nothing is exchanged with */
  blocklists: AddressListInfo[];
  /** of sites with a value of their own; `spent`: it may download no more for now */
  sites: Record<string, { month: Amounts; total: Amounts; spent: boolean }>;
}

/** A list of addresses that nothing is exchanged with. */
export interface AddressListInfo {
  name: string;
  ranges: number;
}

export interface ReloadResult {
  /** what is another now, and acts */
  changed: string[];
  /** what is another in the file, and waits for a restart */
  restart: string[];
}

export interface ControlMethods {
  /** everything, or one site's transfers, or one id; `until`: Unix ms */
  'daemon.pause': { params: { until?: number; site?: string; id?: Id }; result: Record<string, never> };
  'daemon.resume': { params: { site?: string; id?: Id }; result: Record<string, never> };
  'daemon.limits': { params: { down?: number | null; up?: number | null }; result: Limits };
  'control.get': { params: Record<string, never>; result: ControlView };
  /** of `sites` only the sites and fields that are named change; null takes a site's value away */
  'control.set': { params: ControlsChange; result: ControlView };
  /** back to what config.json says; without keys: all of it; with `site`: all that was changed of this site */
  'control.reset': { params: { keys?: ControlKey[]; site?: string }; result: ControlView };
  /** Reads config.json again. */
  'control.reload': { params: Record<string, never>; result: ReloadResult };
  /** P2P text, eMule's DAT, CIDR or single addresses, a line each; `add`: to what the list holds */
  'blocklist.put': {
    params: { name: string; text: string; add?: boolean };
    result: { ranges: number; wrong: string[] };
  };
  'blocklist.list': { params: Record<string, never>; result: AddressListInfo[] };
  'blocklist.check': { params: { address: string }; result: { blocked: boolean } };
  'blocklist.remove': { params: { name: string }; result: Record<string, never> };
  /** Where in the order of downloads one goes. */
  'download.move': { params: { id: string; to: 'top' | 'up' | 'down' | 'bottom' }; result: Record<string, never> };
}
