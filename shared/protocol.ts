/**
 * What extension, command line and daemon say to each other, JSON-RPC 2.0: the link itself. What is called over it stands by
 * subject in *-methods.ts, browse.ts and grants.ts; schema.ts has a wall for each.
 */

import type { BrowseMethods } from './browse.ts';
import type { ControlMethods } from './control-methods.ts';
import type { SessionCookie } from './cookies.ts';
import type { DaemonMethods, EndReason } from './daemon-methods.ts';
import type { FolderMethods } from './folder-methods.ts';
import type { GrantMethods } from './grants.ts';
import type { Id } from './id.ts';
import type { Item } from './item.ts';
import type { ItemMethods } from './item-methods.ts';
import type { LbryMethods } from './lbry-methods.ts';
import type { PageMethod, PageStatus } from './page-methods.ts';
import type { SiteMethods } from './site-methods.ts';

/** The protocol versions that this build speaks. Ranges are negotiated; product versions are never compared. */
export const PROTOCOL = { min: 1, max: 1 } as const;
export const VERSION = '0.1.0';

/** One frame to a browser stays under 1 MiB (native messaging's limit); lists are paged below it. */
export const MAX_FRAME_BYTES = 1_048_576;
export const MAX_ITEMS = 100;

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

/** What the person calls: their own pages, and the command line. */
export interface UserMethods
  extends DaemonMethods,
    ControlMethods,
    FolderMethods,
    SiteMethods,
    ItemMethods,
    BrowseMethods,
    GrantMethods,
    LbryMethods {}
export type UserMethod = keyof UserMethods;

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

/** Why the daemon ends, or the connector before a daemon was there; `sandboxed`: the browser keeps it from one. */
export type LastWord = EndReason | 'not-started' | 'sandboxed';
/** The last notification that extensions get. */
export interface Ending {
  reason: LastWord;
}
export const ENDING = 'ending';
