/**
 * Plain GETs of mounted streams are answered on the socket itself: node:http takes longer over a range of 64 KiB than the
 * range does. Whatever else a connection brings goes to node:http, together with the connection, for good.
 */

import type { Server } from 'node:http';
import type { ByteRange } from '../core/content.ts';
import { giveBackChunk } from '../platform/chunks.ts';
import { rawAnswer } from './answer.ts';
import { createDirectResponse, lastLines, type Socket } from './direct-response.ts';
import { type Again, createExchange, type Exchange } from './exchange.ts';
import { createPlainParser, type PlainRequest } from './plain-request.ts';
import type { Turns } from './turns.ts';

export interface DirectDeps {
  limits: { headerBytes: number; headersMs: number; idleMs: number };
  turns: Turns;
  /** What runs the exchange of this request; undefined: node:http shall see to it. */
  direct(request: PlainRequest): ((exchange: Exchange) => void) | undefined;
}

/** Takes the place of node:http's own listener for connections, which is called once something is for it. */
export function answerDirectly(server: Server, deps: DirectDeps): void {
  const [parse] = server.listeners('connection');
  if (!parse) throw new Error('node:http does not listen for connections');
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    deps.turns.hasCome();
    attend(socket, deps, () => parse.call(server, socket));
  });
}

function attend(socket: Socket, { limits, turns, direct }: DirectDeps, parse: () => void): void {
  const parser = createPlainParser();
  /** answers what is alike the last request */
  let again: Again | undefined;
  /** a request waits for its turn, or is being answered */
  let busy = false;
  /** of the request that is being answered */
  let leave: (() => void) | undefined;
  /** what came meanwhile */
  let early: Buffer | undefined;
  let answered = false;

  function handOver(first: Buffer): void {
    const bytes = early ? Buffer.concat([first, early]) : first;
    socket.off('data', onData).off('end', onEnd).off('timeout', onTimeout).off('close', onClose).off('error', onError);
    socket.setTimeout(0);
    // Its flow begins anew when the parser has put up its own listeners.
    socket.pause().unshift(bytes);
    parse();
    socket.resume();
  }

  function onData(bytes: Buffer): void {
    if (busy) {
      early = early ? Buffer.concat([early, bytes]) : bytes;
      socket.pause();
      return;
    }
    const range = again && bytes.length <= limits.headerBytes ? parser.rangeOf(bytes) : undefined;
    if (range === undefined) take(bytes);
    else enqueue(() => answerAgain(range) || take(bytes));
  }

  function take(bytes: Buffer): void {
    busy = false;
    again = undefined;
    const request = bytes.length <= limits.headerBytes ? parser.parse(bytes) : undefined;
    const run = request && direct(request);
    if (run) enqueue(() => begin(request, run));
    else handOver(bytes);
  }

  function enqueue(work: () => void): void {
    busy = true;
    turns.add(() => {
      if (!socket.destroyed) work();
    });
  }

  /** False: it is a request as any other. */
  function answerAgain(range: ByteRange): boolean {
    const whole = again?.(range, lastLines(false, limits.idleMs));
    if (!whole) return false;
    socket.write(whole, () => {
      giveBackChunk(whole);
      if (!socket.destroyed) finish(false);
    });
    return true;
  }

  function begin(request: PlainRequest, run: (exchange: Exchange) => void): void {
    const last = request.headers.connection?.toLowerCase() === 'close';
    const res = createDirectResponse(socket, { last, idleMs: limits.idleMs, onFinished: () => finish(last) });
    const made = createExchange(request, res, turns, next => {
      again = last ? undefined : next;
    });
    leave = made.leave;
    run(made.exchange);
  }

  function finish(last: boolean): void {
    const left = leave;
    leave = undefined;
    busy = false;
    if (last) socket.end(() => socket.destroy());
    left?.();
    if (!answered) socket.setTimeout(limits.idleMs);
    answered = true;
    const bytes = early;
    early = undefined;
    if (bytes && !last) handOver(bytes);
  }

  /** As node:http does: who sends no more is taken for gone. */
  const onEnd = () => socket.end();
  const onClose = () => leave?.();
  const onError = () => {}; // `close` follows
  function onTimeout(): void {
    if (busy && !again) return; // the handler's own patience counts
    if (answered) socket.destroy();
    else socket.end(rawAnswer(408), () => socket.destroy());
  }
  socket.on('data', onData).on('end', onEnd).on('timeout', onTimeout).on('close', onClose).on('error', onError);
  socket.setTimeout(limits.headersMs);
}
