/** The RestTorrent gateway (resttorrent.md): sessions and their torrents as resources, on a port of its own. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import { LsdError } from '../../../shared/errors.ts';
import type { Log } from '../../core/ports.ts';
import { SECURITY_HEADERS } from '../../http/answer.ts';
import { bodyOf, discardBody, leaveBodies, wholeBody } from '../../http/body.ts';
import type { Response } from '../../http/exchange.ts';
import { splitTarget } from '../../http/guard.ts';
import type { HttpServer } from '../../http/server.ts';
import { createRestAccess, type RestAccess, type RestAccessRules } from './access.ts';
import { readBody } from './body.ts';
import { type CommandDeps, run } from './commands.ts';
import { certainStatus, codeOf, failureFrom, failureOf, type RestCode, statusOf, unreadable } from './failure.ts';
import { readRoutes } from './reads.ts';
import { assertCallback, isCallback, type Reply, sendReply } from './reply.ts';
import { allowed, commandOf, routeOf } from './routes.ts';
import { refusedBody, serveRead } from './serve-read.ts';

export interface RestTorrentDeps extends CommandDeps {
  rules: RestAccessRules;
  log: Log;
}

interface Guarded extends RestTorrentDeps {
  access: RestAccess;
  /** Counts a request by its route. */
  count(route: string): void;
}

/** A torrent of 16 MiB in base64, and what is said of it. */
const BODY_BYTES = 24 * 1024 * 1024;
const SILENCE_MS = 30_000;

/** For requests that are addressed to another name than this port's. */
export function sendMisdirected(res: Response, status: 400 | 421): void {
  const message = 'This port answers to its own addresses only: 127.0.0.1, localhost, [::1], and where it listens.';
  const headers = { ...SECURITY_HEADERS, Connection: 'close' };
  sendReply(res, { status, headers, body: failureOf('access.denied', message) });
}

const PREFLIGHT = {
  'Access-Control-Allow-Methods': 'GET, POST, PUT, DELETE',
  'Access-Control-Allow-Headers': 'x-requested-with, authorization, content-type, prefer',
  'Access-Control-Max-Age': '600',
};

export function mountRestTorrent(server: HttpServer, given: RestTorrentDeps): void {
  const { app } = server;
  const access = createRestAccess(given.rules, () => server.port);
  const requests = new Map<string, number>();
  const count = (route: string) => void requests.set(route, (requests.get(route) ?? 0) + 1);
  const deps: Guarded = { ...given, access, count };
  const routes = readRoutes(requests);
  server.stream(
    path => routes.some(({ names }) => names(path)),
    exchange => serveRead(exchange, { access, deps, routes, count }),
  );
  leaveBodies(app);
  app.addHook('onRequest', async (request, reply) => admit(request, reply, access));
  app.all('/*', (request, reply) => answerCommand(request, reply, deps));
}

/** Who may ask, and whether there is such a thing: told before a body is read. */
function admit(request: FastifyRequest, reply: FastifyReply, access: RestAccess): FastifyReply | undefined {
  const { path, query } = targetOf(request);
  const { method } = request;
  const { refused, headers } = access({ method, headers: request.headers, query });
  const isPreflight = method === 'OPTIONS' && 'Access-Control-Allow-Origin' in headers;
  // A preflight carries no token.
  if (isPreflight && refused !== 403) return end(reply, { status: 204, headers: { ...headers, ...PREFLIGHT } });
  if (refused !== undefined) {
    return end(reply, { status: refused, headers: { ...headers, Connection: 'close' }, body: refusedBody(refused) });
  }
  const found = routeOf(path);
  if (!found) return end(reply, refuse('route.notfound', 'There is nothing here.', headers));
  if (commandOf(found, method)) return undefined;
  const refusal = refuse('method.notallowed', 'This is done by another method.', headers);
  return end(reply, { ...refusal, headers: { ...refusal.headers, Allow: allowed(found) } });
}

async function answerCommand(request: FastifyRequest, reply: FastifyReply, deps: Guarded): Promise<FastifyReply> {
  const { path, query } = targetOf(request);
  const found = routeOf(path);
  const name = found && commandOf(found, request.method);
  const { headers, callback } = deps.access({ method: request.method, headers: request.headers, query });
  if (!found || !name) return end(reply, refuse('route.notfound', 'There is nothing here.', headers));
  deps.count(name);
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  try {
    const said = await readBody(request.headers['content-type'], await wholeBodyOf(request));
    const params = new Map<string, unknown>([...query, ...said, ...found.named]);
    if (callback !== null) assertCallback(callback);
    return end(reply, { status: 200, headers, body: await run(name, params, deps, gone.signal) }, callback);
  } catch (thrown) {
    discardBody(request);
    return end(
      reply,
      failed(request, headers, thrown, deps.log),
      callback !== null && isCallback(callback) ? callback : null,
    );
  }
}

function failed(request: FastifyRequest, headers: Reply['headers'], thrown: unknown, log: Log): Reply {
  const code = codeOf(thrown) ?? 'internal';
  if (code === 'internal') log.error('resttorrent.fault', { thrown });
  const wantsStatus = /(^|[,;\s])status=http\b/i.test(String(request.headers.prefer ?? ''));
  const status = certainStatus(thrown) ?? (wantsStatus ? statusOf(code) : 200);
  return {
    status,
    headers: {
      ...headers,
      ...(wantsStatus && { 'Preference-Applied': 'status=http' }),
      ...(status === 413 && { Connection: 'close' }),
    },
    body: failureFrom(thrown),
  };
}

async function wholeBodyOf(request: FastifyRequest): Promise<Uint8Array> {
  try {
    return await wholeBody(bodyOf(request, { mostBytes: BODY_BYTES, silenceMs: SILENCE_MS }));
  } catch (thrown) {
    if (!(thrown instanceof LsdError)) throw thrown;
    if (thrown.code === 'quota') throw unreadable('limit.reached', 'The body is too long: 24 MiB is the limit.', 413);
    throw unreadable('param.invalid', 'The body of this request did not come whole.', 400);
  }
}

function refuse(code: RestCode, message: string, headers: Reply['headers']): Reply {
  return { status: statusOf(code), headers: { ...headers, Connection: 'close' }, body: failureOf(code, message) };
}

function targetOf({ url }: FastifyRequest): { path: string; query: URLSearchParams } {
  const { path, query } = splitTarget(url);
  return { path, query: new URLSearchParams(query) };
}

function end(
  reply: FastifyReply,
  given: Omit<Reply, 'body'> & { body?: object },
  callback: string | null = null,
): FastifyReply {
  const { status, headers, body } = given;
  reply.hijack();
  if (body) sendReply(reply.raw, { status, headers: { ...SECURITY_HEADERS, ...headers }, body }, callback);
  else reply.raw.writeHead(status, { ...SECURITY_HEADERS, ...headers }).end();
  return reply;
}
