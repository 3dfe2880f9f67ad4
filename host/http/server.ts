/** The loopback listener that every gateway mounts on: its guard, its limits, and how it ends. */

import { createServer, type IncomingMessage, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type FastifyInstance, fastify } from 'fastify';
import { LsdError } from '../../shared/errors.ts';
import type { Log } from '../core/ports.ts';
import { answer, rawAnswer, secure } from './answer.ts';
import { bindLoopback, PortTaken, unbind } from './bind.ts';
import { addressed } from './guard.ts';

/** One request and the way to answer it; `signal` is aborted when the client has gone or the answer is complete. */
export interface Exchange {
  readonly req: IncomingMessage;
  readonly res: ServerResponse;
  readonly signal: AbortSignal;
}

export type UpgradeHandler = (req: IncomingMessage, socket: Duplex, head: Buffer) => void;

export interface ListenOptions {
  /** 0: any */
  port: number;
  /** `fail`: a taken port is an error (it was asked for). `choose`: take a free one and say so. */
  ifTaken: 'fail' | 'choose';
}

export interface Listening {
  port: number;
  /** why the port is not the one asked for */
  taken: LsdError | null;
}

export interface HttpServer {
  /** Routes with small answers; mounted before `listen`. */
  readonly app: FastifyInstance;
  /** 0 while it does not listen */
  readonly port: number;
  /** Mounts a GET and HEAD route that writes to the raw response, at its reader's pace. */
  stream(url: string, handler: (exchange: Exchange) => Promise<void>): void;
  /** WebSocket upgrades whose path passes `accepts`; `Host` was checked. Who may connect is the handler's to ask. */
  upgrade(accepts: (path: string) => boolean, handler: UpgradeHandler): void;
  listen(options: ListenOptions): Promise<Listening>;
  /** Ends every open answer and connection; resolves when the handlers of `stream` have let go of what they held. */
  close(): Promise<void>;
}

export interface HttpServerDeps {
  log: Log;
  /** the program that listens on a port of this machine, where that can be known */
  portOwner?: (port: number) => Promise<string | undefined>;
  limits?: Partial<HttpLimits>;
}

export interface HttpLimits {
  bodyBytes: number;
  headerBytes: number;
  connections: number;
  /** for the head of a request to arrive */
  headersMs: number;
  /** for a whole request to arrive */
  requestMs: number;
  /** between two requests of a connection */
  idleMs: number;
}

const LIMITS: HttpLimits = {
  bodyBytes: 1_048_576,
  headerBytes: 16_384,
  connections: 2_048,
  headersMs: 10_000,
  requestMs: 30_000,
  idleMs: 65_000,
};

export function createHttpServer({ log, portOwner, limits: changed }: HttpServerDeps): HttpServer {
  const limits = { ...LIMITS, ...changed };
  const upgrades: { accepts: (path: string) => boolean; handler: UpgradeHandler }[] = [];
  const running = new Set<Promise<void>>();
  const sockets = new Set<Duplex>();
  let port = 0;
  let servers: { v4: Server; v6: Server } | undefined;

  const upgradeFor = (req: IncomingMessage) =>
    upgrades.find(({ accepts }) => req.headers.upgrade?.toLowerCase() === 'websocket' && accepts(pathOf(req)));

  function newServer(route: RequestListener): Server {
    const server = createServer({
      maxHeaderSize: limits.headerBytes,
      headersTimeout: limits.headersMs,
      requestTimeout: limits.requestMs,
      keepAliveTimeout: limits.idleMs,
      connectionsCheckingInterval: Math.min(limits.headersMs, 5_000),
      // The guard answers these itself, with the headers that every answer carries.
      requireHostHeader: false,
      shouldUpgradeCallback: req => upgradeFor(req) !== undefined,
    });
    server.maxConnections = limits.connections;
    server.on('request', (req, res) => {
      if (admit(req, res, port)) route(req, res);
    });
    server.on('checkExpectation', (req, res) => {
      if (admit(req, res, port)) answer(res, 417);
    });
    server.on('clientError', refuseGarbled);
    server.on('upgrade', (req, socket, head) => {
      if (hostOf(req, port) !== 'here') socket.end(rawAnswer(421, 'Misdirected Request'));
      else upgradeFor(req)?.handler(req, socket, head);
    });
    server.on('connection', socket => {
      sockets.add(socket);
      socket.once('close', () => sockets.delete(socket));
    });
    return server;
  }

  const app = fastify({
    bodyLimit: limits.bodyBytes,
    exposeHeadRoutes: false,
    // A URL that cannot be decoded names nothing.
    frameworkErrors: (error, _request, reply) => {
      reply.hijack();
      answer(reply.raw, error.code === 'FST_ERR_BAD_URL' ? 404 : 400);
    },
    serverFactory: route => {
      servers = { v4: newServer(route), v6: newServer(route) };
      return servers.v4;
    },
  });
  app.setNotFoundHandler((_request, reply) => {
    reply.hijack();
    answer(reply.raw, 404);
  });
  app.setErrorHandler((thrown, request, reply) => {
    const status = statusOf(thrown);
    if (status >= 500) log.error('http.fault', { route: request.routeOptions.url, thrown });
    reply.hijack();
    answer(reply.raw, status);
  });

  async function run(req: IncomingMessage, res: ServerResponse, handler: (exchange: Exchange) => Promise<void>) {
    const gone = new AbortController();
    res.once('close', () => gone.abort());
    try {
      await handler({ req, res, signal: gone.signal });
    } catch (thrown) {
      if (!gone.signal.aborted) log.error('http.fault', { thrown });
      if (res.headersSent) res.destroy();
      else answer(res, 500);
    }
  }

  async function takenError(port: number, cause: unknown): Promise<LsdError> {
    const owner = await portOwner?.(port).catch(() => undefined);
    return new LsdError(
      'invalid',
      `Port ${port} on this machine is in use by ${owner ?? 'another program'}. Stop that, or choose another port with --http PORT (0: any).`,
      { params: { port, ...(owner && { owner }) }, cause },
    );
  }

  return {
    app,
    get port() {
      return port;
    },
    stream(url, handler) {
      app.route({
        method: ['GET', 'HEAD'],
        url,
        handler: (request, reply) => {
          reply.hijack();
          const exchange = run(request.raw, reply.raw, handler).finally(() => running.delete(exchange));
          running.add(exchange);
        },
      });
    },
    upgrade: (accepts, handler) => void upgrades.push({ accepts, handler }),
    async listen(options) {
      await app.ready();
      const { v4, v6 } = servers!;
      try {
        port = await bindLoopback(v4, v6, options.port);
        return { port, taken: null };
      } catch (thrown) {
        if (!(thrown instanceof PortTaken)) throw thrown;
        const taken = await takenError(options.port, thrown);
        if (options.ifTaken === 'fail') throw taken;
        port = await bindLoopback(v4, v6, 0);
        return { port, taken };
      }
    },
    async close() {
      const closed = servers ? [unbind(servers.v4), unbind(servers.v6)] : [];
      for (const socket of sockets) socket.destroy();
      await Promise.all([...closed, ...running]);
      await app.close();
    },
  };
}

/** Every answer from here on carries the security headers. False: the request was not for this port, and is answered. */
function admit(req: IncomingMessage, res: ServerResponse, port: number): boolean {
  secure(res);
  const where = hostOf(req, port);
  if (where !== 'here') answer(res, where === 'nowhere' ? 400 : 421);
  return where === 'here';
}

function hostOf(req: IncomingMessage, port: number) {
  return addressed(req.headersDistinct.host, req.url ?? '', port);
}

function pathOf(req: IncomingMessage): string {
  return (req.url ?? '').split('?', 1)[0]!;
}

const GARBLED: Readonly<Record<string, [number, string]>> = {
  HPE_HEADER_OVERFLOW: [431, 'Request Header Fields Too Large'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout'],
};

function refuseGarbled(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  const [status, reason] = GARBLED[error.code ?? ''] ?? [400, 'Bad Request'];
  socket.end(rawAnswer(status, reason), () => socket.destroy());
}

function statusOf(thrown: unknown): number {
  const status = thrown instanceof Error && 'statusCode' in thrown ? Number(thrown.statusCode) : 500;
  return status >= 400 && status < 600 ? status : 500;
}
