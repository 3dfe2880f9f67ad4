/** What extension, command line and daemon say to each other: JSON-RPC 2.0 methods, their parameters and results. */

import type { BrowseMethods } from './browse.ts';
import type { ControlKey, Controls, ControlsChange, Window } from './controls.ts';
import type { SessionCookie } from './cookies.ts';
import type { ErrorCode } from './errors.ts';
import type { Forgotten, GrantMethods, MissingBecause } from './grants.ts';
import type { Id } from './id.ts';
import type { Item, Metadata, Rates, Reason, UnknownItem } from './item.ts';

/** The protocol versions that this build speaks. Ranges are negotiated; product versions are never compared. */
export const PROTOCOL = { min: 1, max: 1 } as const;
export const VERSION = '0.1.0';

/** One frame to a browser stays under 1 MiB (native messaging's limit); lists are paged below it. */
export const MAX_FRAME_BYTES = 1_048_576;
export const MAX_ITEMS = 100;

/** `site`: only the site's own trackers and peers. `public`: DHT, PEX and LAN discovery too. */
export type Reach = 'site' | 'public';

// ---------------------------------------------------------------- what a page calls (window.lsd)

export interface ConfigParams {
  username?: string;
  password?: string;
  token?: string;
  /** same-origin with the page */
  url?: string;
}
export interface ConfigResult {
  url: string;
  signedIn: boolean;
  folders: number;
}
export interface SyncResult {
  added: number;
  removed: number;
  updated: number;
  /** ids that the site lists, that are not here, and that this home never reported */
  kept: number;
  /** ids that this home shares with the site now */
  ids: number;
  /** files are still being hashed: nothing was removed */
  scanning: boolean;
}
export interface IdsParams {
  ids: Id[];
}
export interface RequestsResult {
  ids: Id[];
  missing: Id[];
}
export type DaemonState = 'starting' | 'idle' | 'scanning' | 'active' | 'paused' | 'offline' | 'error';
/** States that the extension tells by itself, without a daemon. */
export type LinkState = 'no-grant' | 'host-missing' | 'host-forbidden' | 'host-exited' | 'protocol-mismatch';

export interface ScanProgress {
  /** bytes */
  done: number;
  total: number;
}
export interface PageStatus {
  version: string;
  state: DaemonState;
  reason?: Reason;
  /** files shared with this site */
  files: number;
  scanning: ScanProgress | null;
  downloads: Item[];
  seeding: Item[];
  /** items left out */
  more: number;
  rates: Rates;
}
/** The status of a page that has no grant, or no daemon. */
export interface LinkStatus {
  version: string;
  state: LinkState;
}

/** Methods of a page, with its origin stamped by the extension's background from `port.sender`, never from a message. */
export interface PageMethods {
  config: { params: ConfigParams; result: ConfigResult };
  sync: { params: Record<string, never>; result: SyncResult };
  addRequests: { params: IdsParams; result: RequestsResult };
  removeRequests: { params: IdsParams; result: { ids: Id[] } };
  status: { params: { id?: Id }; result: PageStatus | Item | UnknownItem };
  seedRequests: { params: Record<string, never>; result: { ids: Id[] } };
  /** the folders were chosen in the extension's own window before; this reports their number */
  setFolder: { params: Record<string, never>; result: { folders: number } };
  url: { params: { id: Id }; result: { url: string } };
}
export type PageMethod = keyof PageMethods;

// ---------------------------------------------------------------- what the person calls (popup, grant window, command line)

export interface Folder {
  id: number;
  path: string;
  /** origins that it is shared with */
  sites: string[];
  everyone: boolean;
  /** offer every file, not only media */
  all: boolean;
  /** files known, of every type */
  files: number;
  /** bytes */
  size: number;
  state: 'scanning' | 'ready' | 'missing';
  /** when `missing` */
  why?: MissingBecause;
}
export interface SiteInfo {
  origin: string;
  url: string;
  reach: Reach;
  /** the site, its trackers and peers may be private, loopback or plain http */
  lan: boolean;
  /** the STUN servers that it names may be asked */
  stun: boolean;
  /** it may ask this home to download */
  download: boolean;
  /** folder ids shared with it */
  folders: number[];
  /** bytes it may have this home keep; null = no limit */
  quota: number | null;
  /** Unix ms; null = never */
  expiresAt: number | null;
  addedAt: number;
  lastUsedAt: number | null;
  username: string | null;
  /** names of the browser's cookies that the daemon may use there; null: the person agreed to none */
  cookies: string[] | null;
  signedIn: boolean;
  /** bytes kept of its requests */
  used: number;
  /** the last failure of a call to it; absent while all is well */
  problem?: { code: ErrorCode; message: string };
  /** what `api` says */
  name?: string;
  trackers: string[];
  stunServers: string[];
}
export interface GrantParams {
  origin: string;
  url?: string;
  username?: string;
  password?: string;
  token?: string;
  reach?: Reach;
  lan?: boolean;
  stun?: boolean;
  download?: boolean;
  /** the whole list of folder ids to share with it */
  folders?: number[];
  quota?: number | null;
  expiresAt?: number | null;
  /** the browser's session at `url`, which the daemon may use from now on; null: no longer */
  cookies?: SessionCookie[] | null;
}
/** What the grant window needs before it asks. */
export interface GrantPreview {
  origin: string;
  url: string;
  /** a private or plain-http origin: needs the LAN tick (localhost implies it) */
  needsLan: boolean;
  impliesLan: boolean;
  folders: Folder[];
  current: SiteInfo | null;
  /** what its `api` names; absent: it was not asked, or did not answer */
  trackers?: string[];
  stunServers?: string[];
}
export interface DaemonStatus {
  version: string;
  state: DaemonState;
  reason?: Reason;
  home: string;
  http: number;
  /** the default port was taken by another program, so another was chosen */
  httpPortTaken: boolean;
  peer: number;
  reachable: Reachability;
  /** the person agreed that the router is asked to open the peer port */
  nat: boolean;
  pid: number;
  /** files held */
  files: number;
  folders: number;
  sites: number;
  scanning: ScanProgress | null;
  /** of the person's files, at most 100 whose bytes changed on the disk though nobody wrote to them: they are not offered */
  rotten: { path: string; id: Id; foundAt: number }[];
  downloads: Item[];
  seeding: Item[];
  more: number;
  rates: Rates;
  /** bytes free where downloads go */
  free: number;
  /** Unix ms until when everything is paused; 0 = until resumed; null = not paused */
  pausedUntil: number | null;
  /** as they are set; what holds now stands in `control` */
  limits: Limits;
  control: ControlView;
  /** the options it was started with, for a restart */
  argv: string[];
}
/** Whether peers can connect to this home, and how that is known. */
export type Reachability =
  | { state: 'yes'; by: 'incoming' | 'mapping' }
  /** only over WebRTC, where a tracker introduces them */
  | { state: 'webrtc' }
  | { state: 'no'; because: 'address-gone' | 'no-router' | 'router-refused' | 'behind-second-nat' }
  /** nobody has come yet; `mapping`: whether the router is being asked to open the port */
  | { state: 'unknown'; mapping: 'off' | 'asking' };
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
  /** downloads in their order, the first 100, where not all may run at once */
  queue: Id[];
  /** addresses that nothing is exchanged with */
  blocklists: AddressListInfo[];
  /** of sites with a value of their own; `spent`: it may download no more for now */
  sites: Record<string, { month: Amounts; total: Amounts; spent: boolean }>;
}
export interface SyncPlanPreview {
  origin: string;
  add: number;
  remove: number;
  kept: number;
  /** files by kind (video, audio, …) that the site would be told */
  kinds: Record<string, number>;
}
export interface DownloadInfo {
  id: Id;
  path: string;
  size: number;
  extension: string;
  /** origins that requested it */
  sites: string[];
  verifiedAt: number;
}
export interface CheckResult {
  ok: boolean;
  checks: { name: string; ok: boolean; message: string }[];
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

export interface UserMethods extends BrowseMethods, GrantMethods {
  'daemon.status': { params: Record<string, never>; result: DaemonStatus };
  /** without a reason: `handover`, which daemons of every version understand */
  'daemon.stop': { params: { reason?: EndReason }; result: Record<string, never> };
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
  'download.move': { params: { id: Id; to: 'top' | 'up' | 'down' | 'bottom' }; result: Record<string, never> };
  /** agrees, or no longer; without `on` it only tells */
  'daemon.nat': { params: { on?: boolean }; result: { on: boolean; reachable: Reachability } };
  'folder.add': {
    params: { path: string; sites?: string[]; everyone?: boolean; all?: boolean; force?: boolean };
    result: Folder;
  };
  'folder.list': { params: Record<string, never>; result: Folder[] };
  'folder.remove': { params: { path: string }; result: Record<string, never> };
  'folder.confirm': { params: { path: string }; result: Folder };
  'folder.wait': { params: { path: string }; result: Folder };
  'site.preview': { params: { origin: string; url?: string }; result: GrantPreview };
  'site.grant': { params: GrantParams; result: SiteInfo };
  'site.list': { params: Record<string, never>; result: SiteInfo[] };
  /** `forget`: the site is asked to, before; where it does not answer nothing is removed */
  'site.remove': {
    params: { origin: string; erase?: boolean; forget?: boolean };
    result: { forgotten?: Forgotten };
  };
  'site.check': {
    params: { url: string; username?: string; password?: string; token?: string };
    result: CheckResult;
  };
  'site.sync': { params: { origin?: string; prune?: boolean }; result: (SyncResult & { origin: string })[] };
  'site.plan': { params: { origin?: string }; result: SyncPlanPreview[] };
  'site.seed': { params: { origin?: string }; result: { ids: Id[] } };
  'request.add': { params: { ids: Id[]; site?: string }; result: RequestsResult };
  'request.remove': { params: { ids: Id[]; site?: string }; result: { ids: Id[] } };
  'item.status': { params: { id: Id }; result: Item | UnknownItem };
  'item.url': { params: { id: Id }; result: { url: string } };
  'item.block': { params: { hash: string; blocked: boolean }; result: Record<string, never> };
  'item.blocked': { params: Record<string, never>; result: string[] };
  'download.list': { params: Record<string, never>; result: DownloadInfo[] };
  'download.remove': { params: { id: Id }; result: Record<string, never> };
}
export type UserMethod = keyof UserMethods;

// ---------------------------------------------------------------- the link itself

export interface Hello {
  role: 'extension' | 'cli';
  version: string;
  protocol: { min: number; max: number };
}
export interface Welcome {
  version: string;
  /** the version that both speak */
  protocol: number;
  http: number;
}
export interface LinkMethods {
  hello: { params: Hello; result: Welcome };
  /** a call of a page; `origin` is the browser's word */
  page: { params: { origin: string; method: PageMethod; params: unknown }; result: unknown };
  /** the value of X-LSD-Reader for a tab of this origin, good while this connection lives; null without a grant */
  reader: { params: { origin: string }; result: { header: string; port: number } | null };
  /** the browser's session at a site, where the person agreed to it; `used`: the daemon goes by it */
  cookies: { params: { origin: string; url: string; cookies: SessionCookie[] }; result: { used: boolean } };
}

export type Methods = LinkMethods & UserMethods;
export type Method = keyof Methods;
export type Params<M extends Method> = Methods[M]['params'];
export type Result<M extends Method> = Methods[M]['result'];

/** Notifications from the daemon to the extension. `origin` null: for the person's own pages only. */
export interface DaemonEvent {
  /** `done`: downloads were verified */
  kind: 'status' | 'progress' | 'available' | 'grants' | 'folders' | 'done';
  origin: string | null;
  detail: PageStatus | Item | { id: Id; url: string } | { ids: Id[] } | Record<string, never>;
}
/** The notification that carries a DaemonEvent. */
export const EVENT = 'event';

/** Why the daemon ends. `stopped`: the person wants it so; `handover`: another one follows. */
export type EndReason = 'stopped' | 'handover';
/** … or why the connector does, before a daemon was there: `sandboxed`: the browser keeps it from one. */
export type LastWord = EndReason | 'not-started' | 'sandboxed';
/** The last notification that extensions get. */
export interface Ending {
  reason: LastWord;
}
export const ENDING = 'ending';

export type { Metadata };
