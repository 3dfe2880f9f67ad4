/** What the person grants a site, and what it does with that: their calls. */

import type { SessionCookie } from './cookies.ts';
import type { ErrorCode } from './errors.ts';
import type { Folder } from './folder-methods.ts';
import type { Forgotten } from './grants.ts';
import type { Id } from './id.ts';
import type { SyncResult } from './page-methods.ts';

/** `site`: only the site's own trackers and peers. `public`: DHT, PEX and LAN discovery too. */
export type Reach = 'site' | 'public';

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

export interface SyncPlanPreview {
  origin: string;
  add: number;
  remove: number;
  kept: number;
  /** files by kind (video, audio, …) that the site would be told */
  kinds: Record<string, number>;
}

export interface CheckResult {
  ok: boolean;
  checks: { name: string; ok: boolean; message: string }[];
}

export interface SiteMethods {
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
}
