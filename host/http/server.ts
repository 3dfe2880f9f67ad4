/** The loopback server that a gateway mounts on: routes, streams, upgrades, one port on both addresses, a clean end. */

import type { IncomingMessage, RequestListener, Server, ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { type FastifyInstance, fastify } from 'fastify';
import { LsdError } from '../../shared/errors.ts';
import type { Log } from '../core/ports.ts';
import { answer, secure } from './answer.ts';
import { bindLoopback, bindTo, PortTaken, unbind } from './bind.ts';
import { createExchanges, type Exchange, exchangeOf, type StreamHandler } from './exchange.ts';
import { isOwn, splitTarget } from './guard.ts';
import { createListener, type HttpLimits, LIMITS, type UpgradeHandler } from './listener.ts';
import { createTurns } from './turns.ts';

export type { Exchange, HttpLimits, StreamHandler, UpgradeHandler };

export interface ListenOptions {
  /** 0: any */
  port: number;
  /** Ports to take in this order where `port` is taken (0: any). None: a taken port is an error, for it was asked for. */
  instead?: readonly number[];
  /** the option that another port is chosen by; `--http` where it is left out */
  option?: string;
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
  /**
   * GET and HEAD requests whose path passes `accepts`: answered on the raw response, at its reader's pace. They pass the
   * framework by, which takes as long as reading a range does.
   */
  stream(accepts: (path: string) => boolean, handler: StreamHandler): void;
  /** WebSocket upgrades whose path passes `accepts`; `Host` was checked. Who may connect is the handler's to ask. */
  upgrade(accepts: (path: string) => boolean, handler: UpgradeHandler): void;
  /** Throws `LsdError('invalid')` with the owner of the port where that can be known; it may be called again then. */
  listen(options: ListenOptions): Promise<Listening>;
  /** Ends every open answer and connection; resolves when the handlers of `stream` have let go of what they held. */
  close(): Promise<void>;
}

export interface HttpServerDeps {
  log: Log;
  /** names the program that listens on a port of this machine, where that can be known */
  portOwner?: (port: number) => Promise<string | undefined>;
  limits?: Partial<HttpLimits>;
  /** where it listens besides 127.0.0.1; loopback alone where it is left out */
  address?: string | undefined;
  /** Answers what is addressed to no name of this port; a line of text where it is left out. */
  misdirected?(res: ServerResponse, status: 400 | 421): void;
}

export function createHttpServer(deps: HttpServerDeps): HttpServer {
  const { log, portOwner, limits: changed, address, misdirected } = deps;
  const limits = { ...LIMITS, ...changed };
  const exchanges = createExchanges(log);
  const turns = createTurns();
  const sockets = new Set<Duplex>();
  const streams: Mounted<StreamHandler>[] = [];
  const upgrades: Mounted<UpgradeHandler>[] = [];
  let port = 0;
  const { app, v4, v6 } = createApp(log, limits, {
    isOwn: authority => isOwn(authority, port, address ?? null),
    turns,
    stream(req, res) {
      const handler = isRead(req) ? handlerFor(streams, req.url) : undefined;
      if (handler) exchanges.start(exchangeOf(req, res, turns), handler);
      return handler !== undefined;
    },
    direct(request) {
      const handler = handlerFor(streams, request.url);
      return handler && (exchange => exchanges.start(exchange, handler));
    },
    upgradeFor: req => (isWebSocket(req) ? handlerFor(upgrades, req.url) : undefined),
    ...(misdirected && { misdirected }),
    onConnection(socket) {
      sockets.add(socket);
      socket.setMaxListeners(0); // each pipelined exchange listens for its end
      socket.once('close', () => sockets.delete(socket));
    },
  });

  return {
    app,
    get port() {
      return port;
    },
    stream: (accepts, handler) => void streams.push({ accepts, handler }),
    upgrade: (accepts, handler) => void upgrades.push({ accepts, handler }),
    async listen(options) {
      await app.ready();
      const onTrouble = (error: Error) => log.warn('accept-failed', { error });
      const bindAt = (port: number) =>
        address === undefined ? bindLoopback(v4, v6, port, onTrouble) : bindTo(address, v6, v4, port, onTrouble);
      const listening = await bind(bindAt, options, portOwner);
      port = listening.port;
      return listening;
    },
    async close() {
      const unbound = [unbind(v4), unbind(v6)];
      for (const socket of sockets) socket.destroy();
      await Promise.all([...unbound, exchanges.ended()]);
      await app.close();
    },
  };
}

interface Mounted<Handler> {
  accepts(path: string): boolean;
  handler: Handler;
}

function handlerFor<Handler>(mounted: Mounted<Handler>[], url = ''): Handler | undefined {
  if (mounted.length === 0) return undefined;
  const { path } = splitTarget(url);
  return mounted.find(each => each.accepts(path))?.handler;
}

interface ListenerHooks extends Omit<Parameters<typeof createListener>[0], 'limits' | 'route'> {
  /** Answers the request itself, or returns false. */
  stream(req: IncomingMessage, res: ServerResponse): boolean;
}

/** Fastify routes; the sockets are ours, two of them: one for each loopback address. */
function createApp(
  log: Log,
  limits: HttpLimits,
  hooks: ListenerHooks,
): { app: FastifyInstance; v4: Server; v6: Server } {
  let v6: Server | undefined;
  const app = fastify({
    bodyLimit: limits.bodyBytes,
    exposeHeadRoutes: false,
    // A URL that cannot be decoded names nothing.
    frameworkErrors: (error, _request, reply) => {
      reply.hijack();
      answer(reply.raw, error.code === 'FST_ERR_BAD_URL' ? 404 : 400);
    },
    serverFactory: framework => {
      const route: RequestListener = (req, res) => {
        if (hooks.stream(req, res)) return;
        secure(res);
        framework(req, res);
      };
      v6 = createListener({ ...hooks, limits, route });
      return createListener({ ...hooks, limits, route });
    },
  });
  if (!v6) throw new Error('fastify asked for no server');
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
  return { app, v4: app.server, v6 };
}

async function bind(
  at: (port: number) => Promise<number>,
  options: ListenOptions,
  portOwner: HttpServerDeps['portOwner'],
) {
  let taken: LsdError | null = null;
  for (const port of [options.port, ...(options.instead ?? [])]) {
    try {
      return { port: await at(port), taken };
    } catch (thrown) {
      if (!(thrown instanceof PortTaken)) throw thrown;
      taken ??= takenError(port, options.option ?? '--http', await portOwner?.(port).catch(() => undefined), thrown);
    }
  }
  throw taken;
}

function takenError(port: number, option: string, owner: string | undefined, cause: unknown): LsdError {
  return new LsdError(
    'invalid',
    `Port ${port} of this machine is in use by ${owner ?? 'another program'}. Stop that, or choose another port with ${option} PORT (0: any).`,
    { params: { port, ...(owner !== undefined && { owner }) }, cause },
  );
}

function isWebSocket(req: IncomingMessage): boolean {
  return req.headers.upgrade?.toLowerCase() === 'websocket';
}

function isRead(req: IncomingMessage): boolean {
  return req.method === 'GET' || req.method === 'HEAD';
}

function statusOf(thrown: unknown): number {
  const status = thrown instanceof Error && 'statusCode' in thrown ? Number(thrown.statusCode) : 500;
  return status >= 400 && status < 600 ? status : 500;
}
