/** What is told of one file of a site: its state, why it waits, how far it is. */

import type { Id } from './id.ts';

export const ITEM_STATES = [
  'unknown',
  'waiting',
  'metadata',
  'downloading',
  'verifying',
  'available',
  'seeding',
  'paused',
  'error',
] as const;
export type ItemState = (typeof ITEM_STATES)[number];

/**
 * Why an item waits or failed. `no-peers`: nobody answers; `no-holder`: nobody has described the file to the site yet;
 * `queued`: as many as may run at once do.
 */
export const REASONS = [
  'no-peers',
  'no-holder',
  'no-tracker',
  'paused-by-user',
  'quota',
  'no-space',
  'offline',
  'id-mismatch',
  'site-unreachable',
  'site-error',
  'signin-failed',
  'folder-missing',
  'blocked',
  'withdrawn',
  'unwritable',
  'queued',
  'schedule',
  'on-battery',
  'metered',
] as const;
export type Reason = (typeof REASONS)[number];

/** Bytes a second. */
export interface Rates {
  down: number;
  up: number;
}

export interface Item {
  id: Id;
  state: ItemState;
  reason?: Reason;
  /** 0 to 1 */
  progress: number;
  /** bytes; 0 while it is not known */
  size: number;
  /** bytes */
  downloaded: number;
  /** bytes */
  uploaded: number;
  rates: Rates;
  peers: number;
  /** seconds */
  eta?: number;
  /** where the asking site may play it */
  url?: string;
}

/** An id that the asking site may not see; nothing else is told. */
export interface UnknownItem {
  id: Id;
  state: 'unknown';
}

/** What a site is told of a file (`sync`, `addRequests`, `getRequests`). Never a path or a file name. */
export interface Metadata {
  sha1: Id;
  info_hash: string;
  /** lower case, `[a-z0-9]{1,10}` or '' */
  extension: string;
  /** bytes */
  size: number;
  oshash?: string;
  mime?: string;
  /** seconds */
  duration?: number;
  width?: number;
  height?: number;
  sha256?: string;
}
