/** One request and the way to answer it, for handlers that write to the raw response. */

import type { IncomingMessage, ServerResponse } from 'node:http';
import { LsdError } from '../../shared/errors.ts';
import type { ByteRange } from '../core/content.ts';
import type { Log } from '../core/ports.ts';
import { answer, SECURITY_HEADERS } from './answer.ts';
import type { RequestHeaders } from './guard.ts';
import type { Turns } from './turns.ts';

/** A GET or HEAD. */
export interface Request {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly headers: RequestHeaders;
}

/** What of a `ServerResponse` handlers use. The head comes first, and says the length of the body. */
export interface Response {
  readonly req: { readonly method?: string | undefined };
  readonly headersSent: boolean;
  /** the system has taken all of it */
  readonly writableFinished: boolean;
  /** bytes that it has not taken yet */
  readonly writableLength: number;
  writeHead(status: number, headers: Readonly<Record<string, string | number>>): Response;
  /** `taken` is called when the system has taken the chunk, or never will. */
  write(chunk: Uint8Array, taken?: () => void): boolean;
  end(body?: string): unknown;
  /** Breaks the connection. */
  destroy(): unknown;
}

/**
 * The whole answer to a request that is alike but for its `Range`, in memory that is used by nobody else; undefined: it is
 * handled as any other. `range` may end behind the file; `lines` are the last of its head, with the blank one.
 */
export type Again = (range: ByteRange, lines: string) => Uint8Array | undefined;

export interface Exchange {
  readonly req: Request;
  readonly res: Response;
  /**
   * What every answer to it carries; handlers add theirs and hand them all to `writeHead`. (Headers set on `res` one by one
   * cost more time than the rest of a short answer.)
   */
  readonly headers: Record<string, string>;
  /** set when the client has gone, or the answer is complete */
  readonly gone: LsdError | undefined;
  /** Calls back when the client has gone or the answer is complete; at once if that is so already. */
  onGone(listener: () => void): void;
  /** Requests of this connection that are alike but for their range are answered so from now on, where it can do that. */
  onAlike?(again: Again): void;
  /** Resolves when it is its turn to go on (turns.ts). */
  turn(): Promise<void>;
}

/** Undefined: the answer is on its way, and nothing is held for it. */
export type StreamHandler = (exchange: Exchange) => Promise<void> | undefined;

export interface Exchanges {
  /** Runs the handler; what it throws is logged and answered. */
  start(exchange: Exchange, handler: StreamHandler): void;
  /** resolves when the handlers that run now have let go of what they held */
  ended(): Promise<void>;
}

/** One object for all: an exception made for each answer would cost more than the answer. */
const GONE = new LsdError('aborted', 'The client has gone, or has its answer.');

export function createExchanges(log: Log): Exchanges {
  const running = new Set<Promise<void>>();

  function fail(exchange: Exchange, thrown: unknown): void {
    const { res } = exchange;
    if (!exchange.gone) log.error('http.fault', { thrown });
    if (res.headersSent) res.destroy();
    else answer(res, 500, exchange.headers);
  }

  function begin(exchange: Exchange, handler: StreamHandler): Promise<void> | undefined {
    try {
      return handler(exchange);
    } catch (thrown) {
      fail(exchange, thrown);
    }
  }

  return {
    start(exchange, handler) {
      const answering = begin(exchange, handler);
      if (!answering) return;
      const whole = answering.catch(thrown => fail(exchange, thrown)).finally(() => running.delete(whole));
      running.add(whole);
    },
    async ended() {
      await Promise.all(running);
    },
  };
}

/** An exchange, and what its maker calls once the client has gone or the answer is complete. */
export function createExchange(
  req: Request,
  res: Response,
  turns: Turns,
  onAlike?: (again: Again) => void,
): { exchange: Exchange; leave(): void } {
  const listeners: (() => void)[] = [];
  let gone: LsdError | undefined;
  return {
    exchange: {
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
      ...(onAlike && { onAlike }),
      turn: turns.next,
    },
    leave() {
      gone = GONE;
      for (const listener of listeners.splice(0)) listener();
    },
  };
}

/** Of a request that node:http parsed. A pipelined response that waits for its turn gets no `close`: the socket's counts too. */
export function exchangeOf(req: IncomingMessage, res: ServerResponse, turns: Turns): Exchange {
  const { socket } = req;
  const { exchange, leave } = createExchange(req, res, turns);
  const onGone = () => {
    socket.off('close', onGone);
    leave();
  };
  socket.on('close', onGone);
  res.once('close', onGone);
  if (socket.destroyed) onGone();
  return exchange;
}
