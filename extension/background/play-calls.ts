/** What the content script asks on its own account, to play a file in its page. */

import { LsdError } from '../../shared/errors.ts';
import { parseId } from '../../shared/id.ts';
import { cardTexts } from '../player/texts.ts';
import type { Grants } from './grants.ts';
import type { PageCaller } from './page-calls.ts';
import type { ReadSubtitles } from './read-subtitles.ts';
import type { Loopback, ReaderRules } from './reader-rules.ts';
import type { Tickets } from './tickets.ts';

export interface PlayCallsDeps {
  readerRules: Pick<ReaderRules, 'ensure'>;
  tickets: Pick<Tickets, 'issue'>;
  grants: Pick<Grants, 'has' | 'ready'>;
  /** runs a script of ours in the isolated world of a tab's page */
  inject(tabId: number, file: string): Promise<unknown>;
  /** opens a page of ours in a tab beside that one */
  openTab(path: string, besides: number): Promise<unknown>;
  readSubtitles: ReadSubtitles;
}

export function createPlayCalls({ readerRules, tickets, grants, inject, openTab, readSubtitles }: PlayCallsDeps) {
  const calls: Record<string, (caller: PageCaller, params: Record<string, unknown>) => Promise<unknown>> = {
    rule: ({ tabId, origin }, { loopback }) => readerRules.ensure(tabId, origin, parseLoopback(loopback)),

    /** What it stands for is looked at when it is shown: until then it opens nothing. */
    ticket: async ({ tabId, origin }, { id }) => ({ ticket: await ticketFor(origin, id, tabId) }),

    async openTab({ tabId, origin, active }, { id }) {
      if (!active) throw new LsdError('denied', 'A tab is opened in a click only.');
      await openTab(`player/tab.html#${await ticketFor(origin, id, 'own')}`, tabId);
      return {};
    },

    async subtitles({ origin }, { id }) {
      const known = parseId(id);
      return { subtitles: known ? await readSubtitles(origin, known) : [] };
    },

    cardTexts: async ({ origin }) => cardTexts(origin),

    async loadStream({ tabId }) {
      await inject(tabId, 'stream/main.js');
      return {};
    },
  };

  async function ticketFor(origin: string, id: unknown, tabId: number | 'own'): Promise<string> {
    await grants.ready;
    const known = parseId(id);
    if (!known || !grants.has(origin)) throw new LsdError('denied', 'This page may not play the file.');
    return tickets.issue({ tabId, origin, id: known });
  }

  return (caller: PageCaller, method: string, params: unknown): Promise<unknown> | undefined => {
    const call = Object.hasOwn(calls, method) ? calls[method] : undefined;
    return call?.(caller, Object.fromEntries(Object.entries(params ?? {})));
  };
}

function parseLoopback(value: unknown): Loopback {
  return value === 'granted' || value === 'denied' ? value : 'prompt';
}
