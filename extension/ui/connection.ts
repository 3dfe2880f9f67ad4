/** The typed line from an extension page to its background; it opens again by itself when the background was put to sleep. */

import { type Channel, createChannel } from '../../shared/channel.ts';
import { LsdError } from '../../shared/errors.ts';
import type { Params, Result, UserMethod } from '../../shared/protocol.ts';
import { CHANGED, type Changed, type News, type UiMethod, type UiMethods } from '../ui-protocol.ts';
import { browser } from '../web-extension.ts';

/** The part of a runtime port that is used here. */
export interface Port {
  postMessage(message: unknown): void;
  onMessage: { addListener(listener: (message: unknown) => void): void };
  onDisconnect: { addListener(listener: () => void): void };
}

export interface Ui {
  call<M extends UiMethod>(method: M, params: UiMethods[M]['params']): Promise<UiMethods[M]['result']>;
  daemon<M extends UserMethod>(method: M, params: Params<M>): Promise<Result<M>>;
  /** Calls `listener` when something that pages show has changed: what. Returns how to stop that. */
  onChanged(listener: (kind: News) => void): () => void;
}

export function createUi(connect: () => Port): Ui {
  const listeners = new Set<(kind: News) => void>();
  let open: Channel | undefined;

  function changed(kind: News): void {
    for (const listener of listeners) listener(kind);
  }

  function dial(): Channel {
    const port = connect();
    const channel = createChannel({ send: message => port.postMessage(message) });
    channel.handle(CHANGED, params => changed((params as Changed).kind));
    port.onMessage.addListener(message => channel.receive(message));
    port.onDisconnect.addListener(() => {
      if (open === channel) open = undefined;
      channel.close(new LsdError('aborted', 'The extension was restarted. Try again.'));
      changed('link');
    });
    return channel;
  }

  // The background validates nothing less than this page does: both are built from one UiMethods, so results are trusted here.
  async function call<M extends UiMethod>(method: M, params: UiMethods[M]['params']): Promise<UiMethods[M]['result']> {
    open ??= dial();
    return (await open.call(method, params)) as UiMethods[M]['result'];
  }

  return {
    call,
    async daemon<M extends UserMethod>(method: M, params: Params<M>): Promise<Result<M>> {
      return (await call('daemon', { method, params })) as Result<M>;
    },
    onChanged(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}

/** The line of this page, in a browser. */
export function connectUi(): Ui {
  return createUi(() => browser.runtime.connect({ name: 'ui' }));
}
