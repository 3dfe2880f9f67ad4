/** One request and the way to answer it, for handlers that write to the raw response. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { LsdError } from '../../shared/errors.ts';
import type { Log } from '../core/ports.ts';
import { answer, SECURITY_HEADERS } from './answer.ts';

export interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /**
   * What every answer to it carries; handlers add theirs and hand them all to `writeHead`. (Headers set on `res` one by one
   * cost more time than the rest of a short answer.)
   */
  readonly headers: Record<string, string>;
  /** set when the client has gone, or the answer is complete */
  readonly gone: LsdError | undefined;
  /** Calls back when the client has gone or the answer is complete; at once if that is so already. */
  onGone(listener: () => void): void;
}

export interface Exchanges {
  /** Runs the handler; what it throws is logged and answered. */
  start(req: IncomingMessage, res: ServerResponse, handler: (exchange: Exchange) => Promise<void>): void;
  /** resolves when the handlers that run now have let go of what they held */
  ended(): Promise<void>;
}

/** One object for all: an exception made for each answer would cost more than the answer. */
const GONE = new LsdError('aborted', 'The client has gone, or has its answer.');

export function createExchanges(log: Log): Exchanges {
  const running = new Set<Promise<void>>();

  async function run(req: IncomingMessage, res: ServerResponse, handler: (exchange: Exchange) => Promise<void>) {
    const exchange = createExchange(req, res);
    try {
      await handler(exchange);
    } catch (thrown) {
      if (!exchange.gone) log.error('http.fault', { thrown });
      if (res.headersSent) res.destroy();
      else answer(res, 500, exchange.headers);
    }
  }

  return {
    start(req, res, handler) {
      const exchange = run(req, res, handler).finally(() => running.delete(exchange));
      running.add(exchange);
    },
    async ended() {
      await Promise.all(running);
    },
  };
}

/** A pipelined response that waits for its turn gets no `close` of its own: the socket's counts too. */
function createExchange(req: IncomingMessage, res: ServerResponse): Exchange {
  const { socket } = req;
  const listeners: (() => void)[] = [];
  let gone = socket.destroyed ? GONE : undefined;
  const onGone = () => {
    socket.off('close', onGone);
    gone = GONE;
    for (const listener of listeners.splice(0)) listener();
  };
  socket.on('close', onGone);
  res.once('close', onGone);
  return {
    req,
    res,
    headers: { ...SECURITY_HEADERS },
    get gone() {
      return gone;
    },
    onGone(listener) {
      if (gone) listener();
      else listeners.push(listener);
    },
  };
}
