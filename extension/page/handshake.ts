/** How the page's script and the content script find each other before any script of the page has run. */

import type { MEDIA, PLAYBACK, SOURCE } from './playing.ts';

/**
 * The event that carries a MessagePort from the page's world into the isolated one. It is dispatched synchronously at
 * `document_start`, when no script of the page can listen yet; the port is the only thing that is kept.
 */
export const HANDSHAKE = 'lsd#handshake';

/** Page to content script: a call. `params` are plain JSON. */
export interface PageCall {
  id: number;
  method: string;
  params: unknown;
}

/** Content script to page: the answer of a call, or an event. */
export type PageReply =
  | { id: number; result: unknown }
  | { id: number; error: unknown }
  | { event: PageEvent | ElementEvent; detail: unknown };

export type PageEvent = 'status' | 'progress' | 'available' | 'permissionchange' | 'disconnect';

/** About one element that plays. */
export type ElementEvent = typeof PLAYBACK | typeof MEDIA | typeof SOURCE;

/** The page's first listener: from now on the content script keeps its port to the background open. */
export const LISTEN = 'listen';
