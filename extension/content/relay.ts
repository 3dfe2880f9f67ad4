/** Carries a page's calls to the background and the answers back, over a port that is opened when it is needed. */

import { LsdError, type WireError } from '../../shared/errors.ts';
import { type ElementEvent, LISTEN, type PageCall, type PageReply } from '../page/handshake.ts';

/**
 * What goes to the background. `at`: when the call was made (Unix ms), which may be a while before it is read. `active`: the
 * person had just clicked or typed in the page then. `own`: the content script asks, not the page.
 */
export interface StampedCall extends PageCall {
  at: number;
  active: boolean;
  own: boolean;
}

export interface Relay {
  /** A call of the content script itself. */
  call(method: string, params: object): Promise<unknown>;
  /** News for the page that the content script has itself. */
  tell(event: ElementEvent, detail: object): void;
}

/** Calls of the page that are answered here. */
export type Local = Readonly<Record<string, (params: unknown) => Promise<unknown>>>;

/** Between attempts to get the background back, for pages that listen to events. */
const RECONNECT_MS = 2_000;

export function createRelay(page: MessagePort, connect: () => chrome.runtime.Port, local: Local): Relay {
  /** calls of the page */
  const pending = new Set<number>();
  /** calls of the content script itself; they count downwards from -1, those of the page upwards from 1 */
  const own = new Map<number, (reply: PageReply) => void>();
  let ownCalls = 0;
  let background: chrome.runtime.Port | undefined;
  let listening = false;

  page.addEventListener('message', event => {
    const call = parseCall(event.data);
    if (call?.method === LISTEN) listen();
    else if (call && Object.hasOwn(local, call.method)) void answer(call);
    else if (call) forward(call);
  });
  page.start();
  // Browsers cut the port of a page that goes into the back/forward cache, and do not all say so when it comes back.
  addEventListener('pagehide', leave);
  addEventListener('pageshow', () => listening && listen());

  function open(): chrome.runtime.Port {
    if (background) return background;
    const port = connect();
    port.onMessage.addListener(takeReply);
    port.onDisconnect.addListener(() => lost(port));
    background = port;
    return port;
  }

  function listen(): void {
    listening = true;
    try {
      open();
    } catch {
      // The extension was updated or removed: this page keeps what it has until it is loaded again.
      listening = false;
      reply({ event: 'disconnect', detail: { state: 'host-exited' } });
    }
  }

  async function answer({ id, method, params }: PageCall): Promise<void> {
    try {
      reply({ id, result: await local[method]?.(params) });
    } catch (thrown) {
      fail(id, LsdError.from(thrown));
    }
  }

  function forward(call: PageCall): void {
    pending.add(call.id);
    try {
      open().postMessage(stamped(call, false));
    } catch (thrown) {
      fail(call.id, refusal(thrown));
    }
  }

  function takeReply(message: PageReply): void {
    if ('id' in message) {
      const answered = own.get(message.id);
      own.delete(message.id);
      pending.delete(message.id);
      if (answered) answered(message);
      else reply(message);
    } else {
      reply(message);
    }
  }

  function lost(port: chrome.runtime.Port): void {
    if (background !== port) return;
    background = undefined;
    for (const [id, answered] of own) answered({ id, error: restarted().toWire() });
    own.clear();
    for (const id of pending) fail(id, restarted());
    if (listening) setTimeout(listen, RECONNECT_MS);
  }

  function leave(): void {
    const port = background;
    if (!port) return;
    port.disconnect();
    lost(port);
  }

  function fail(id: number, error: LsdError): void {
    pending.delete(id);
    reply({ id, error: error.toWire() });
  }

  function reply(message: PageReply): void {
    page.postMessage(JSON.stringify(message));
  }

  return {
    call(method, params) {
      return new Promise((resolve, reject) => {
        ownCalls -= 1;
        own.set(ownCalls, message => {
          if ('error' in message) reject(LsdError.fromWire(message.error as WireError));
          else resolve('result' in message ? message.result : undefined);
        });
        try {
          open().postMessage(stamped({ id: ownCalls, method, params }, true));
        } catch (thrown) {
          own.delete(ownCalls);
          reject(refusal(thrown));
        }
      });
    },
    tell: (event, detail) => reply({ event, detail }),
  };
}

function stamped(call: PageCall, own: boolean): StampedCall {
  return { ...call, own, at: Date.now(), active: navigator.userActivation?.isActive ?? false };
}

/** Only the page's own script holds the port, and it sends nothing else. */
function parseCall(text: unknown): PageCall | undefined {
  if (typeof text !== 'string') return undefined;
  const call: unknown = JSON.parse(text);
  if (typeof call !== 'object' || call === null) return undefined;
  if (!('id' in call) || typeof call.id !== 'number' || !('method' in call) || typeof call.method !== 'string') {
    return undefined;
  }
  return { id: call.id, method: call.method, params: 'params' in call ? call.params : {} };
}

function restarted(): LsdError {
  return new LsdError('host-exited', 'The extension was restarted while this call was under way. Try again.');
}

function refusal(thrown: unknown): LsdError {
  if (!chrome.runtime?.id) {
    return new LsdError('host-exited', 'The extension was updated or removed. Load the page again.', { cause: thrown });
  }
  // Browsers refuse messages over 64 MiB by throwing.
  return new LsdError('invalid', 'This call is too large. Send fewer ids at a time.', { cause: thrown });
}
