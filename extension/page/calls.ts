/** Calls of a page over the private port, and the events that come back. */

import { LSDError } from './error.ts';
import type { PageCall, PageReply } from './handshake.ts';
import { create, dataOf, listenOn, Promised, parse, postTo, stringify } from './primordials.ts';

interface Waiting {
  resolve(value: unknown): void;
  reject(reason: unknown): void;
}

export interface Calls {
  call(method: string, params: unknown): Promise<unknown>;
  notify(method: string, params?: unknown): void;
}

export type OnEvent = (event: string, detail: unknown) => void;

export function createCalls(port: MessagePort, onEvent: OnEvent): Calls {
  const waiting: Record<number, Waiting> = create(null);
  let lastId = 0;

  listenOn(port, 'message', event => {
    const text = dataOf(event);
    if (typeof text === 'string') take(parse(text));
  });
  port.start();

  function take(reply: PageReply): void {
    if ('event' in reply) {
      onEvent(reply.event, reply.detail);
      return;
    }
    const call = waiting[reply.id];
    delete waiting[reply.id];
    if ('error' in reply) call?.reject(new LSDError(reply.error));
    else call?.resolve(reply.result);
  }

  function post(call: PageCall): void {
    postTo(port, stringify(call));
  }

  return {
    call(method, params) {
      return new Promised((resolve, reject) => {
        lastId += 1;
        try {
          post({ id: lastId, method, params });
          waiting[lastId] = { resolve, reject };
        } catch {
          reject(
            new LSDError({ code: 'invalid', message: `${method}: give plain JSON values only.`, retryable: false }),
          );
        }
      });
    },
    notify(method, params = null) {
      post({ id: 0, method, params });
    },
  };
}
