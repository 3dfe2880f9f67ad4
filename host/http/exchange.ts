/** One request and the way to answer it, for handlers that write to the raw response. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { LsdError } from '../../shared/errors.ts';
import type { Log } from '../core/ports.ts';
import { answer } from './answer.ts';

export interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  /** aborted when the client has gone, or when the answer is complete */
  readonly signal: AbortSignal;
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
    const signal = goneSignal(req, res);
    try {
      await handler({ req, res, signal });
    } catch (thrown) {
      if (!signal.aborted) log.error('http.fault', { thrown });
      if (res.headersSent) res.destroy();
      else answer(res, 500);
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
function goneSignal(req: IncomingMessage, res: ServerResponse): AbortSignal {
  const gone = new AbortController();
  const { socket } = req;
  const onGone = () => {
    socket.off('close', onGone);
    gone.abort(GONE);
  };
  if (socket.destroyed) gone.abort(GONE);
  else socket.on('close', onGone);
  res.once('close', onGone);
  return gone.signal;
}
