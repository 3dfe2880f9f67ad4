/** What a page calls (`window.lsd`), and what it is answered. */

import type { DaemonState, ScanProgress } from './daemon-methods.ts';
import type { Id } from './id.ts';
import type { Item, Rates, Reason, UnknownItem } from './item.ts';

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

/** States that the extension tells by itself, without a daemon. */
export type LinkState = 'no-grant' | 'host-missing' | 'host-forbidden' | 'host-exited' | 'protocol-mismatch';

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
