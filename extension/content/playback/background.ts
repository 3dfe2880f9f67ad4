/** What playing asks of the background, on the content script's own account. */

import type { Playback } from '../../page/playing.ts';
import { parseSubtitles, type Subtitles } from '../../subtitles.ts';
import type { Relay } from '../relay.ts';

export interface Background {
  /** where this page may play it; rejects where it may not, or where nobody can say */
  url(id: string): Promise<string>;
  /** why it is not there yet; undefined where it is, so that nothing keeps it from playing */
  reason(id: string): Promise<string | undefined>;
  /** Puts this tab's rule in place: X-LSD-Reader, or none of its own requests. False: the site has no grant. */
  rule(loopback: 'granted' | 'prompt' | 'denied'): Promise<boolean>;
  /** what the player frame of this page shows, as a ticket for it alone */
  ticket(id: string): Promise<string>;
  /** injects the streaming player into this page's isolated world */
  loadStream(): Promise<void>;
  /** plays it in a tab of the extension; the person has just clicked */
  openTab(id: string): Promise<void>;
  /** what lies beside the film */
  subtitles(id: string): Promise<Subtitles[]>;
  /** what the card says, in the person's language */
  texts(): Promise<CardTexts>;
}

export interface CardTexts {
  language: string;
  direction: string;
  label: string;
  what: string;
  tab: string;
  tabFailed: string;
  askWhat: string;
  ask: string;
  refused: string;
}

/** States of an item that end by themselves, or by the person's doing, with a file that plays. */
const ARRIVING = new Set<unknown>(['waiting', 'metadata', 'downloading', 'verifying', 'paused']);

export function createBackground({ call }: Pick<Relay, 'call'>): Background {
  return {
    url: async id => text(await call('url', { id }), 'url'),
    async reason(id) {
      const item = await call('status', { id });
      const state = text(item, 'state');
      if (!ARRIVING.has(state)) return undefined;
      return text(item, 'reason') || state;
    },
    rule: async loopback => (await call('rule', { loopback })) === true,
    ticket: async id => text(await call('ticket', { id }), 'ticket'),
    subtitles: async id => parseSubtitles(field(await call('subtitles', { id }), 'subtitles')),
    openTab: async id => void (await call('openTab', { id })),
    texts: async () => (await call('cardTexts', {})) as CardTexts,
    loadStream: async () => void (await call('loadStream', {})),
  };
}

function field(answer: unknown, name: string): unknown {
  return Object.entries(answer ?? {}).find(([key]) => key === name)?.[1];
}

function text(answer: unknown, name: string): string {
  const value = field(answer, name);
  return typeof value === 'string' ? value : '';
}

export type Report = (element: HTMLMediaElement, playback: Playback) => void;
