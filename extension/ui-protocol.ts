/** What the extension's own pages (popup, grant window, first run) say to its background, over a runtime port named `ui`. */

import type { LinkState } from '../shared/page-methods.ts';
import type { DaemonEvent, UserMethod, Welcome } from '../shared/protocol.ts';

/** Which sites see `window.lsd`. `unanswered`: localhost and sites that have a grant, until the person chooses. */
export interface Visibility {
  mode: 'unanswered' | 'all' | 'chosen';
  /** origins switched on from the toolbar */
  origins: string[];
}

/** One question that a page's call raised. At most one is pending for an origin. */
export interface Question {
  key: string;
  origin: string;
  /** `setFolder` asks for folders only, where a grant exists */
  wants: 'config' | 'sync' | 'addRequests' | 'setFolder';
  /** the API URL that the page gave with `config`, if any */
  url?: string;
}

/** Which notifications the person wants. */
export interface NoticeChoice {
  /** a download is done */
  done: boolean;
  /** a folder is missing */
  folder: boolean;
  /** the disk is nearly full */
  disk: boolean;
}
export type NoticeKind = keyof NoticeChoice;

/**
 * Why there is no program to talk to; pages are told the coarser `LinkState`.
 * `host-stopped`: the person stopped it, and it stays so until it is needed. `host-unstartable`: registered, and the browser
 * cannot start it. `daemon-down`: the connector runs, and the daemon does not start. Of `protocol-mismatch` it is not known
 * which side is the older one.
 */
export type HostState =
  | LinkState
  | 'host-stopped'
  | 'host-unstartable'
  | 'browser-sandboxed'
  | 'daemon-down'
  | 'extension-too-old'
  | 'program-too-old';

export interface UiMethods {
  link: {
    params: Record<string, never>;
    result: { state: 'connected'; welcome: Welcome } | { state: HostState; message: string };
  };
  /** tries again to reach the host, now */
  reconnect: { params: Record<string, never>; result: Record<string, never> };
  /** hands a call of the person to the daemon (shared/protocol.ts, UserMethods) */
  daemon: { params: { method: UserMethod; params: unknown }; result: unknown };
  question: { params: { key: string }; result: Question | null };
  /** `allow`: the window has called `site.grant` already, and the page's call goes on; else it is denied */
  answer: { params: { key: string; allow: boolean }; result: Record<string, never> };
  visibility: { params: Record<string, never>; result: Visibility };
  setVisibility: { params: Visibility; result: Record<string, never> };
  notices: { params: Record<string, never>; result: NoticeChoice };
  setNotices: { params: NoticeChoice; result: Record<string, never> };
  /** the origin of the tab that the popup was opened over; null for pages that can have no grant */
  tab: { params: Record<string, never>; result: { origin: string | null; pending: Question | null } };
}
export type UiMethod = keyof UiMethods;

/** Notification to the pages: what they show of this kind has changed; they ask again. */
export const CHANGED = 'changed';
/** `link`: the way to the daemon; `question`: one was asked or answered; the others are the daemon's word. */
export type News = 'link' | 'question' | DaemonEvent['kind'];
export interface Changed {
  kind: News;
}
