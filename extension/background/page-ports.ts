/** The ports of pages: who they are, how often they may call, and what they are told. */

import { LsdError } from '../../shared/errors.ts';
import type { StampedCall } from '../content/relay.ts';
import type { PageEvent, PageReply } from '../page/handshake.ts';
import type { Runtime } from '../web-extension.ts';
import { pageOrigin } from './origin.ts';
import type { PageCalls } from './page-calls.ts';
import type { Rate } from './rate.ts';
import { createThrottle, type Throttle } from './throttle.ts';

export interface PagePorts {
  /** takes over a port named `page`, or cuts it */
  accept(port: Runtime.Port): void;
  /** tells the pages of one origin; `key` says what the news is about */
  tell(origin: string, event: PageEvent, key: string, detail: unknown): void;
  tellAll(event: PageEvent, detail: unknown): void;
  /** of the pages that hold a port */
  origins(): string[];
}

export interface PagePortsDeps {
  ownId: string;
  calls: PageCalls;
  rate: Rate;
  /** a page of this origin is there from now on */
  arrived(origin: string): void;
  /** no page of this origin is there any more, nor is another on its way */
  left(origin: string): void;
  later(run: () => void, ms: number): void;
}

interface PagePort {
  origin: string;
  send(reply: PageReply): void;
  throttle: Throttle<{ event: PageEvent; detail: unknown }>;
}

/** In ms: from one page of a site to the next, or to the same one loaded anew. */
const ON_ITS_WAY_MS = 2_000;

export function createPagePorts(deps: PagePortsDeps): PagePorts {
  const pages = new Set<PagePort>();

  function accept(port: Runtime.Port): void {
    const origin = pageOrigin(port.sender, deps.ownId);
    const tabId = port.sender?.tab?.id;
    if (origin === undefined || tabId === undefined) {
      port.disconnect();
      return;
    }
    const send = sender(port);
    const throttle = createThrottle<{ event: PageEvent; detail: unknown }>(send, deps.later);
    const page: PagePort = { origin, send, throttle };
    pages.add(page);
    deps.arrived(origin);
    port.onDisconnect.addListener(() => {
      pages.delete(page);
      deps.later(() => !origins().includes(origin) && deps.left(origin), ON_ITS_WAY_MS);
    });
    port.onMessage.addListener((message: unknown) => {
      const call = parseCall(message);
      if (call) void answer(page, tabId, call);
    });
  }

  async function answer(page: PagePort, tabId: number, call: StampedCall): Promise<void> {
    const { id, method, params, at, active, own } = call;
    try {
      if (!deps.rate.take(page.origin)) throw tooMany();
      page.send({ id, result: await deps.calls.run({ origin: page.origin, tabId, at, active, own }, method, params) });
    } catch (thrown) {
      page.send({ id, error: LsdError.from(thrown).toWire() });
    }
  }

  const origins = () => [...new Set([...pages].map(({ origin }) => origin))];

  return {
    accept,
    origins,
    tell(origin, event, key, detail) {
      for (const page of pages) if (page.origin === origin) page.throttle.send(`${event} ${key}`, { event, detail });
    },
    tellAll(event, detail) {
      for (const page of pages) page.throttle.send(event, { event, detail });
    },
  };
}

/** A page that left while its call was under way is not told. */
function sender(port: Runtime.Port): (reply: PageReply) => void {
  return reply => {
    try {
      port.postMessage(reply);
    } catch {
      port.disconnect();
    }
  };
}

/** The wall: a content script's message, whatever a page that took it over may send. */
function parseCall(message: unknown): StampedCall | undefined {
  if (typeof message !== 'object' || message === null) return undefined;
  if (!('id' in message) || typeof message.id !== 'number') return undefined;
  if (!('method' in message) || typeof message.method !== 'string') return undefined;
  const at = 'at' in message && typeof message.at === 'number' ? message.at : 0;
  const active = 'active' in message && message.active === true;
  const own = 'own' in message && message.own === true;
  return { id: message.id, method: message.method, params: 'params' in message ? message.params : {}, at, active, own };
}

function tooMany(): LsdError {
  return new LsdError('rate-limited', 'This site calls Lets Share Data too often. Wait a second between bursts.');
}
