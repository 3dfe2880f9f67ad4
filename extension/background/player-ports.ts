/** The ports of player frames: a ticket comes, and the URL that it stands for goes back, or nothing. */

import type { Runtime } from '../web-extension.ts';
import type { Link } from './link.ts';
import { isOwnDocument, webOrigin } from './origin.ts';
import type { ReadSubtitles } from './read-subtitles.ts';
import type { ReaderRules } from './reader-rules.ts';
import type { Tickets } from './tickets.ts';

export interface PlayerPortsDeps {
  ownId: string;
  /** `chrome-extension://…/` */
  ownBase: string;
  tickets: Pick<Tickets, 'redeem'>;
  link: Pick<Link, 'call'>;
  readSubtitles: ReadSubtitles;
  readerRules: Pick<ReaderRules, 'player'>;
  topUrl(tabId: number): Promise<string | undefined>;
}

export interface PlayerPorts {
  /** takes over a port named `player`, or cuts it */
  accept(port: Runtime.Port): void;
}

export function createPlayerPorts(deps: PlayerPortsDeps): PlayerPorts {
  async function answer(port: Runtime.Port, message: unknown): Promise<void> {
    const { ticket, ancestors } = Object.fromEntries(Object.entries(message ?? {}));
    const tabId = port.sender?.tab?.id;
    if (tabId === undefined || !Array.isArray(ancestors)) return port.disconnect();
    const bearer = { tabId, ancestors, topOrigin: webOrigin(await deps.topUrl(tabId)) };
    const claim = deps.tickets.redeem(String(ticket), bearer);
    if (!claim) return port.disconnect();
    const { origin, id } = claim;
    if (claim.tabId === 'own') await deps.readerRules.player(tabId, origin, id);
    const { url } = Object.fromEntries(
      Object.entries((await deps.link.call('page', { origin, method: 'url', params: { id } })) ?? {}),
    );
    port.postMessage({ url, origin });
    port.postMessage({ subtitles: await deps.readSubtitles(origin, id) });
  }

  return {
    accept(port) {
      if (!isOwnDocument(port.sender, deps.ownId, deps.ownBase)) return port.disconnect();
      port.onMessage.addListener(message => void answer(port, message).catch(() => port.disconnect()));
    },
  };
}
