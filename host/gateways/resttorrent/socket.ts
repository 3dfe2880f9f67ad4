/** The gateway over Socket.IO: the same commands, and live events for who subscribes. Clients of 2.x and 4.x, WebSocket and polling. */

import { Server, type Socket } from 'socket.io';
import type { Log } from '../../core/ports.ts';
import type { AccessRules } from '../../http/admission.ts';
import { rawAnswer, SECURITY_HEADERS } from '../../http/answer.ts';
import { splitTarget } from '../../http/guard.ts';
import type { HttpServer } from '../../http/server.ts';
import { unboundServer } from '../../http/unbound.ts';
import { type CommandDeps, isCommand, run, sessionOf } from './commands.ts';
import { codeOf, failureFrom, failureOf, refusal } from './failure.ts';
import { followSessions } from './live.ts';
import { readParameters, SESSION } from './parameters.ts';
import { sendReply } from './reply.ts';
import { refusedBody } from './serve-read.ts';
import { createSocketAccess, type SocketAccess } from './socket-access.ts';

export interface RestSocketDeps extends CommandDeps {
  rules: AccessRules;
  log: Log;
}

interface Guarded extends CommandDeps {
  access: SocketAccess;
  log: Log;
}

const PATH = '/socket.io/';
const MESSAGE_BYTES = 32 * 1024 * 1024;
/** at once; each may hold a message */
const MOST_CLIENTS = 256;
const EVENT = 'v1';

const PREFLIGHT = {
  'Access-Control-Allow-Methods': 'GET, POST',
  'Access-Control-Allow-Headers': 'authorization, content-type',
  'Access-Control-Max-Age': '600',
};

export interface RestSockets {
  close(): void;
}

/** To be mounted before the routes, whose guard knows nothing of these paths. */
export function mountRestSockets(server: HttpServer, given: RestSocketDeps): RestSockets {
  const deps: Guarded = { ...given, access: createSocketAccess(given.rules, () => server.port) };
  const engine = unboundServer();
  const io = new Server({
    path: PATH,
    serveClient: false,
    allowEIO3: true,
    maxHttpBufferSize: MESSAGE_BYTES,
    transports: ['polling', 'websocket'],
    perMessageDeflate: false,
    httpCompression: false,
    allowRequest: (_req, done) => done(null, io.engine.clientsCount < MOST_CLIENTS),
  });
  io.attach(engine);
  guardRequests(server, deps, (req, res) => void engine.emit('request', req, res));
  server.upgrade(
    path => path.startsWith(PATH),
    (req, socket, head) => {
      const { refused } = verdictOf(req, deps);
      if (refused === undefined) engine.emit('upgrade', req, socket, head);
      else socket.end(rawAnswer(refused));
    },
  );
  // An `auth` comes with no request that a guard could see.
  io.use((socket, next) => next(hasToken(socket, deps) ? undefined : new Error('access.denied')));
  io.on('connection', socket => serve(socket, deps));
  const stop = followSessions(deps.sessions, (session, event) => {
    const to = io.to(room(session));
    if (event.event === 'torrent_progress') to.volatile.emit(EVENT, event);
    else to.emit(EVENT, event);
  });
  return {
    close() {
      stop();
      io.disconnectSockets(true);
      io.engine.close();
    },
  };
}

type Raw = Parameters<Parameters<HttpServer['upgrade']>[1]>[0];

/** Each poll, not the handshake alone. */
function guardRequests(
  { app }: HttpServer,
  deps: Guarded,
  handle: (req: Raw, res: Parameters<typeof sendReply>[0]) => void,
): void {
  app.addHook('onRequest', async (request, reply) => {
    if (!splitTarget(request.url).path.startsWith(PATH)) return undefined;
    const { refused, headers } = verdictOf(request.raw, deps);
    reply.hijack();
    const { raw } = reply;
    for (const [name, value] of Object.entries(headers)) raw.setHeader(name, value);
    if (refused !== undefined) {
      const all = { ...SECURITY_HEADERS, ...headers, Connection: 'close' };
      sendReply(raw, { status: refused, headers: all, body: refusedBody(refused) });
    } else if (request.method === 'OPTIONS') {
      raw.writeHead(204, PREFLIGHT).end();
    } else {
      handle(request.raw, raw);
    }
    return reply;
  });
}

/**
 * A token that is missing here may yet come with `auth`; one that is wrong may not. Engine.IO's own JSONP is a script that any
 * page can load.
 */
function verdictOf(req: Raw, deps: Guarded): ReturnType<SocketAccess> {
  const query = new URLSearchParams(splitTarget(req.url ?? '').query);
  const verdict = deps.access({ headers: req.headers, query });
  if (query.has('j')) return { ...verdict, refused: 403 };
  const isSilent = req.headers.authorization === undefined && !query.has('token');
  const isPreflight = req.method === 'OPTIONS' && 'Access-Control-Allow-Origin' in verdict.headers;
  return verdict.refused === 401 && (isSilent || isPreflight) ? { ...verdict, refused: undefined } : verdict;
}

function hasToken({ handshake }: Socket, { access }: Guarded): boolean {
  const { headers, query, auth } = handshake;
  const given: unknown[] = [null, query.token, auth.token];
  return given.some(
    token =>
      (token === null || typeof token === 'string') &&
      access({ headers, query: new URLSearchParams(token === null ? {} : { token }) }).refused === undefined,
  );
}

function room(session: string): string {
  return `session:${session}`;
}

function serve(socket: Socket, deps: Guarded): void {
  const gone = new AbortController();
  socket.once('disconnect', () => gone.abort());
  socket.on(EVENT, async (message: unknown, ack: unknown) => {
    const reply = await answerTo(socket, message, deps, gone.signal);
    socket.emit(EVENT, reply);
    if (typeof ack === 'function') ack(reply);
  });
}

async function answerTo(socket: Socket, message: unknown, deps: Guarded, signal: AbortSignal): Promise<object> {
  if (typeof message !== 'object' || message === null || Array.isArray(message)) {
    return { t_id: null, ...failureOf('param.invalid', 'A message must be one object.') };
  }
  const { t_id = null, command, ...said } = Object.fromEntries(Object.entries(message));
  const params = new Map<string, unknown>(Object.entries(said));
  try {
    if (command === 'subscribe' || command === 'unsubscribe') {
      return { t_id, ...(await listen(socket, command, params, deps)) };
    }
    if (!isCommand(command)) throw refusal('command.notfound', 'There is no such command.');
    return { t_id, ...(await run(command, params, deps, signal)) };
  } catch (thrown) {
    if (codeOf(thrown) === undefined) deps.log.error('resttorrent.fault', { thrown });
    return { t_id, ...failureFrom(thrown) };
  }
}

async function listen(
  socket: Socket,
  command: 'subscribe' | 'unsubscribe',
  params: ReadonlyMap<string, unknown>,
  deps: Guarded,
): Promise<object> {
  const { id } = sessionOf(readParameters(SESSION, params), deps);
  if (command === 'subscribe') await socket.join(room(id));
  else await socket.leave(room(id));
  return { status: 'success' };
}
