/**
 * Types of `window.lsd`, for the scripts of sites: `/// <reference path="lsd.d.ts" />`, or `import type { Lsd } from './lsd.d.ts'`.
 *
 * Lets Share Data lets a site work with the copies of files that its visitors hold. A file is known by its id: the SHA-1 of
 * its bytes, 40 hexadecimal digits (either case is accepted, lower case comes back).
 *
 * @example
 * if (window.lsd) start(window.lsd);
 * else window.addEventListener('lsd#ready', () => start(window.lsd), { once: true });
 * // a script that comes late, or asks again: window.dispatchEvent(new Event('lsd#request'))
 */

/** SHA-1 of a file's bytes, 40 hexadecimal digits. */
export type LsdId = string;

export type LsdErrorCode =
  | 'invalid'
  | 'denied'
  | 'not-configured'
  | 'host-missing'
  | 'host-forbidden'
  | 'host-exited'
  | 'protocol-mismatch'
  | 'site-unreachable'
  | 'site-error'
  | 'signin-failed'
  | 'folder-missing'
  | 'no-space'
  | 'quota'
  | 'not-found'
  | 'rate-limited'
  | 'timeout'
  | 'aborted'
  | 'internal';

/** What every rejected promise, and every callback's first argument, carries. Its `name` is `LSDError`. */
export interface LSDError extends Error {
  readonly name: string;
  readonly code: LsdErrorCode;
  /** The same call may succeed later, unchanged. */
  readonly retryable: boolean;
  /** What the person can do about it. */
  readonly userAction?: 'grant' | 'install-host' | 'update' | 'check-folder' | 'free-space' | 'sign-in';
  /** Values behind the message, for sentences of your own. */
  readonly params?: Readonly<Record<string, string | number | boolean>>;
}

/** A trailing callback: `error` is null when the call succeeded. */
export type LsdCallback<T> = (error: LSDError | null, result?: T) => void;

export type LsdItemState =
  | 'unknown'
  | 'waiting'
  | 'metadata'
  | 'downloading'
  | 'verifying'
  | 'available'
  | 'seeding'
  | 'paused'
  | 'error';

/** Bytes a second. */
export interface LsdRates {
  down: number;
  up: number;
}

export interface LsdItem {
  id: LsdId;
  state: LsdItemState;
  /** Why it waits or failed: `no-peers`, `no-holder`, `no-tracker`, `quota`, `no-space`, `offline`, `id-mismatch`, … */
  reason?: string;
  /** 0 to 1 */
  progress: number;
  /** bytes; 0 while it is not known */
  size: number;
  /** bytes */
  downloaded: number;
  /** bytes */
  uploaded: number;
  rates: LsdRates;
  peers: number;
  /** seconds */
  eta?: number;
  /** where this site may play it */
  url?: string;
}

/** An id that this site may not see, whether it is held or not. */
export interface LsdUnknownItem {
  id: LsdId;
  state: 'unknown';
}

/** The status of a site that has a grant, limited to what this site may see. */
export interface LsdStatus {
  version: string;
  state: 'starting' | 'idle' | 'scanning' | 'active' | 'paused' | 'offline' | 'error';
  reason?: string;
  /** files shared with this site */
  files: number;
  /** bytes hashed so far, and in all; null when nothing is being hashed */
  scanning: { done: number; total: number } | null;
  /** the most recent ones, at most 100 with `seeding` */
  downloads: LsdItem[];
  seeding: LsdItem[];
  /** items that are left out */
  more: number;
  rates: LsdRates;
}

/** The status of a site without a grant, or without the program behind the extension. */
export interface LsdLinkStatus {
  version: string;
  state: 'no-grant' | 'host-missing' | 'host-forbidden' | 'host-exited' | 'protocol-mismatch';
}

export interface LsdConfig {
  username?: string;
  password?: string;
  /** sent to the site as `Authorization: Bearer` */
  token?: string;
  /** the site's API, on the page's own origin; default: `/api/` */
  url?: string;
}

export interface LsdConfigResult {
  url: string;
  signedIn: boolean;
  /** how many folders the person shares with this site */
  folders: number;
}

/** Counts of one synchronisation. */
export interface LsdSyncResult {
  added: number;
  removed: number;
  updated: number;
  /** ids that the site lists, that are not here, and that this machine never reported */
  kept: number;
  /** ids that are shared with the site now */
  ids: number;
  /** files are still being hashed: nothing was removed */
  scanning: boolean;
}

export interface LsdPermission {
  /** may this site use Lets Share Data: `prompt` = the next call that needs it asks */
  site: 'granted' | 'prompt' | 'denied';
  /** may this page play from 127.0.0.1: the browser's own permission */
  loopback: 'granted' | 'prompt' | 'denied';
}

export type LsdWay = 'direct' | 'frame' | 'stream' | 'tab';

/** The detail of `lsd#playback`, which an element dispatches: within 5 seconds of its start there is one. */
export interface LsdPlayback {
  id: LsdId;
  /** `waiting` goes on by itself, or after what `userAction` says */
  state: 'playing' | 'waiting' | 'failed';
  way?: LsdWay;
  /**
   * why it waits: that of the item (`no-peers`, …); `slow`: it should play by now, and another way is tried soon; `click`: the
   * person has to click what stands in the element's place
   */
  reason?: string;
  /** of the error that it failed with */
  code?: LsdErrorCode;
  message?: string;
  params?: Readonly<Record<string, string | number | boolean>>;
  userAction?: LSDError['userAction'] | 'click';
}

/** Each type comes at most 4 times a second for the same thing; the last state always comes. */
export interface LsdEventMap {
  status: CustomEvent<LsdStatus>;
  progress: CustomEvent<LsdItem>;
  /** a requested file is here, whole and verified */
  available: CustomEvent<{ id: LsdId; url: string }>;
  permissionchange: CustomEvent<LsdPermission>;
  /** the program behind the extension is gone; the next call tries to reach it again */
  disconnect: CustomEvent<{ state: LsdLinkStatus['state'] }>;
}

export interface Lsd extends EventTarget {
  /** version of the extension */
  readonly version: string;
  /** the protocol versions that the extension speaks */
  readonly protocol: { readonly min: number; readonly max: number };
  /** names of the members that this version has */
  readonly capabilities: readonly string[];

  /** Stores the account that this origin uses. Never gives a secret back. Asks for a grant where there is none. */
  config(options: LsdConfig, callback?: LsdCallback<LsdConfigResult>): Promise<LsdConfigResult>;

  /** Tells the site which files are here. Asks for a grant where there is none. */
  sync(options?: Record<string, never>, callback?: LsdCallback<LsdSyncResult>): Promise<LsdSyncResult>;

  /**
   * Wants these files. Resolves when the requests are queued; `missing` are the ids that the site does not know. What
   * happens then comes as `progress` and `available` events, and in `status`. Asks for a grant where there is none.
   */
  addRequests(
    request: { ids: LsdId[] },
    callback?: LsdCallback<{ ids: LsdId[]; missing: LsdId[] }>,
  ): Promise<{ ids: LsdId[]; missing: LsdId[] }>;

  /** Wants them no longer; a partial download is deleted. */
  removeRequests(request: { ids: LsdId[] }, callback?: LsdCallback<{ ids: LsdId[] }>): Promise<{ ids: LsdId[] }>;

  /** Never asks. Without a grant: `{version, state: 'no-grant'}`. */
  status(
    options?: Record<string, never>,
    callback?: LsdCallback<LsdStatus | LsdLinkStatus>,
  ): Promise<LsdStatus | LsdLinkStatus>;
  status(options: { id: LsdId }, callback?: LsdCallback<LsdItem | LsdUnknownItem>): Promise<LsdItem | LsdUnknownItem>;

  /** Asks the site once, now, what others want; `ids` are being seeded because the site asked. */
  seedRequests(options?: Record<string, never>, callback?: LsdCallback<{ ids: LsdId[] }>): Promise<{ ids: LsdId[] }>;

  /** Lets the person choose folders to share, in the extension's own window. A page never learns a path. */
  setFolder(options?: Record<string, never>, callback?: LsdCallback<{ folders: number }>): Promise<{ folders: number }>;

  /** The URL that this page may play the file from, good for 24 hours. */
  url(id: LsdId, callback?: LsdCallback<string>): Promise<string>;

  /**
   * Plays the file in a media element, by the best way that this page has: `direct`ly; in the extension's player, which stands
   * in the element's place (`frame`) or feeds it (`stream`); or in a `tab` of the extension, after the person clicked. What
   * happens then comes as `lsd#playback` events of the element. Never asks for a grant.
   */
  play(element: HTMLMediaElement, id: LsdId, callback?: LsdCallback<LsdWay>): Promise<LsdWay>;

  /** Never asks. */
  permission(callback?: LsdCallback<LsdPermission>): Promise<LsdPermission>;

  addEventListener<K extends keyof LsdEventMap>(
    type: K,
    listener: (this: Lsd, event: LsdEventMap[K]) => void,
    options?: boolean | AddEventListenerOptions,
  ): void;
  addEventListener(
    type: string,
    listener: EventListenerOrEventListenerObject | null,
    options?: boolean | AddEventListenerOptions,
  ): void;
}

/** `<lsd-media data-id="…">`, with `controls`, `autoplay`, `muted`, `loop`, `poster`, and `data-kind="audio"` for sounds. */
export interface LsdMediaElement extends HTMLElement {
  /** the element that plays, to be called and set as any other; undefined until it is in the document */
  readonly media: HTMLMediaElement | undefined;
}

declare global {
  interface HTMLElementTagNameMap {
    'lsd-media': LsdMediaElement;
  }
  interface HTMLElementEventMap {
    'lsd#playback': CustomEvent<LsdPlayback>;
  }
  interface Window {
    /** Lets Share Data, where the visitor has it and lets this site see it. */
    readonly lsd?: Lsd;
  }
}
