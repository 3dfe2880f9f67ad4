/** A Node HTTP server that lets through only requests addressed to this port, within limits. */

import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { answer, rawAnswer } from './answer.ts';
import { answerDirectly } from './direct.ts';
import type { Exchange } from './exchange.ts';
import { type Addressed, addressed } from './guard.ts';
import type { PlainRequest } from './plain-request.ts';
import type { Turns } from './turns.ts';

export interface HttpLimits {
  bodyBytes: number;
  headerBytes: number;
  /** on each of the two addresses */
  connections: number;
  /** for the head of a request to arrive */
  headersMs: number;
  /** for a whole request to arrive */
  requestMs: number;
  /** between two requests of a connection */
  idleMs: number;
}

export const LIMITS: HttpLimits = {
  bodyBytes: 1_048_576,
  headerBytes: 16_384,
  connections: 2_048,
  headersMs: 10_000,
  requestMs: 30_000,
  idleMs: 65_000,
};

export type UpgradeHandler = (req: IncomingMessage, socket: Duplex, head: Buffer) => void;

export interface ListenerDeps {
  limits: HttpLimits;
  turns: Turns;
  /** Is this port named so in `Host`? */
  isOwn(authority: string): boolean;
  route: RequestListener;
  upgradeFor(req: IncomingMessage): UpgradeHandler | undefined;
  /** Runs the exchange of a plain GET that is addressed to this port; undefined: it is routed as any other. */
  direct(request: PlainRequest): ((exchange: Exchange) => void) | undefined;
  onConnection(socket: Duplex): void;
  /** Answers what is addressed to no name of this port; a line of text where it is left out. */
  misdirected?(res: ServerResponse, status: 400 | 421): void;
}

export function createListener(deps: ListenerDeps): Server {
  const { limits, turns, isOwn, route, upgradeFor, direct, onConnection } = deps;
  const misdirected = deps.misdirected ?? refuseMisdirected;
  const server = createServer({
    maxHeaderSize: limits.headerBytes,
    headersTimeout: limits.headersMs,
    requestTimeout: limits.requestMs,
    keepAliveTimeout: limits.idleMs,
    connectionsCheckingInterval: Math.min(limits.headersMs, 5_000),
    // The guard answers these itself, with the headers that every answer carries.
    requireHostHeader: false,
    // Another `Upgrade` (h2c, say) is a plain request, as RFC 9110, section 7.8 allows.
    shouldUpgradeCallback: req => upgradeFor(req) !== undefined,
  });
  answerDirectly(server, {
    limits,
    turns,
    direct: request => (addressed(hostsOf(request), request.url, isOwn) === 'here' ? direct(request) : undefined),
  });
  server.maxConnections = limits.connections;
  server.on('request', (req, res) => {
    if (admit(req, res, isOwn, misdirected)) route(req, res);
  });
  server.on('checkExpectation', (req, res) => {
    if (admit(req, res, isOwn, misdirected)) answer(res, 417);
  });
  server.on('upgrade', (req, socket, head) => {
    const where = addressOf(req, isOwn);
    if (where === 'here') upgradeFor(req)?.(req, socket, head);
    else socket.end(where === 'nowhere' ? rawAnswer(400) : rawAnswer(421));
  });
  server.on('clientError', refuseGarbled);
  server.on('connection', onConnection);
  return server;
}

function refuseMisdirected(res: ServerResponse, status: 400 | 421): void {
  answer(res, status, { Connection: 'close' });
}

function hostsOf({ headers }: PlainRequest): string[] {
  return headers.host === undefined ? [] : [headers.host];
}

/** False: the request was not for this port, and is answered. */
function admit(
  req: IncomingMessage,
  res: ServerResponse,
  isOwn: ListenerDeps['isOwn'],
  misdirected: NonNullable<ListenerDeps['misdirected']>,
): boolean {
  const where = addressOf(req, isOwn);
  if (where !== 'here') misdirected(res, where === 'nowhere' ? 400 : 421);
  return where === 'here';
}

/** Every `Host` there is; `req.headers` would keep only the first. */
function addressOf(req: IncomingMessage, isOwn: ListenerDeps['isOwn']): Addressed {
  const { rawHeaders } = req;
  const hosts: string[] = [];
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i]!;
    if (name.length === 4 && name.toLowerCase() === 'host') hosts.push(rawHeaders[i + 1] ?? '');
  }
  return addressed(hosts, req.url ?? '', isOwn);
}

const GARBLED: Readonly<Record<string, number>> = { HPE_HEADER_OVERFLOW: 431, ERR_HTTP_REQUEST_TIMEOUT: 408 };

function refuseGarbled(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  socket.end(rawAnswer(GARBLED[error.code ?? ''] ?? 400), () => socket.destroy());
}
