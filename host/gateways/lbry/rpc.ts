/** JSON-RPC over HTTP, as LBRY's clients speak it: POST to `/` or `/lbryapi`, whatever type the body says it has. */

import type { FastifyReply, FastifyRequest } from 'fastify';
import { LsdError } from '../../../shared/errors.ts';
import type { Log } from '../../core/ports.ts';
import type { AccessRules, Admission } from '../../http/admission.ts';
import { createAdmission } from '../../http/admission.ts';
import { answer, SECURITY_HEADERS } from '../../http/answer.ts';
import { bodyOf, discardBody, leaveBodies, wholeBody } from '../../http/body.ts';
import { splitTarget } from '../../http/guard.ts';
import type { HttpServer } from '../../http/server.ts';
import { type Call, readCall, writeAnswer } from './call.ts';
import type { LbryDeps, Method } from './method.ts';
import { errorBody, foreseenCode, NO_SUCH_METHOD, rpcError } from './rpc-error.ts';

export interface RpcDeps extends LbryDeps {
  methods: ReadonlyMap<string, Method>;
  access: AccessRules;
  log: Log;
}

const PATHS = new Set(['/', '/lbryapi', '/lbryapi/']);
/** A claim, a transaction, a list of URLs: what is longer is none of these. */
const BODY_BYTES = 4 * 1024 * 1024;
const SILENCE_MS = 30_000;
const METHOD = 'POST';

const PREFLIGHT = {
  'Access-Control-Allow-Methods': METHOD,
  'Access-Control-Allow-Headers': 'Authorization, Content-Type',
  'Access-Control-Max-Age': '600',
};

export function mountRpc(server: HttpServer, deps: RpcDeps): void {
  const { app } = server;
  const admission = createAdmission({ ...deps.access, ownPages: false }, () => server.port);
  leaveBodies(app);
  app.addHook('onRequest', async (request, reply) => admit(request, reply, admission));
  app.all('/*', (request, reply) => serve(request, reply, deps, admission));
}

function tokenIn(request: FastifyRequest): string | null {
  return new URLSearchParams(splitTarget(request.url).query).get('token');
}

/** Who may ask, told before a body is read. */
function admit(request: FastifyRequest, reply: FastifyReply, admission: Admission): FastifyReply | undefined {
  const { refused, headers } = admission(request.headers, tokenIn(request));
  const isPreflight = request.method === 'OPTIONS' && 'Access-Control-Allow-Origin' in headers;
  // A preflight carries no token.
  if (isPreflight && refused !== 403) return end(reply, 204, { ...headers, ...PREFLIGHT });
  if (refused !== undefined) return refuse(reply, refused, headers);
  if (!PATHS.has(splitTarget(request.url).path)) return refuse(reply, 404, headers);
  return request.method === METHOD ? undefined : refuse(reply, 405, { ...headers, Allow: METHOD });
}

async function serve(
  request: FastifyRequest,
  reply: FastifyReply,
  deps: RpcDeps,
  admission: Admission,
): Promise<FastifyReply> {
  const { headers } = admission(request.headers, tokenIn(request));
  const body = await wholeBody(bodyOf(request, { mostBytes: BODY_BYTES, silenceMs: SILENCE_MS })).catch(thrown => {
    if (thrown instanceof LsdError) return thrown;
    throw thrown;
  });
  if (body instanceof LsdError) {
    discardBody(request);
    return refuse(reply, body.code === 'quota' ? 413 : 400, headers);
  }
  const gone = new AbortController();
  reply.raw.once('close', () => gone.abort());
  const written = await answerTo(new TextDecoder().decode(body), deps, gone.signal);
  return end(reply, 200, { ...headers, 'Content-Type': 'application/json' }, written);
}

/** Never rejects: what fails is an answer, too. */
export async function answerTo(body: string, deps: RpcDeps, signal: AbortSignal): Promise<Uint8Array> {
  const call = readCall(body);
  if ('error' in call) return writeAnswer(call.id, { error: errorBody(call.error) });
  try {
    return writeAnswer(call.id, { result: await run(call, deps, signal) });
  } catch (thrown) {
    if (foreseenCode(thrown) === undefined && !signal.aborted)
      deps.log.error('lbry.fault', { method: call.method, thrown });
    const { method, params } = call;
    const isNamed = typeof params === 'object' && !Array.isArray(params);
    const told = { command: method, args: Array.isArray(params) ? params : [], kwargs: isNamed ? (params ?? {}) : {} };
    return writeAnswer(call.id, { error: errorBody(thrown, { ...told, traceback: [] }) });
  }
}

async function run({ method, params }: Call, deps: RpcDeps, signal: AbortSignal): Promise<unknown> {
  const found = deps.methods.get(method);
  if (found) return (await found.run(params, deps, signal)) ?? null;
  throw rpcError(NO_SUCH_METHOD, `Method "${method.slice(0, 100)}" does not exist. "commands" names all.`);
}

function refuse(reply: FastifyReply, status: number, headers: Record<string, string>): FastifyReply {
  reply.hijack();
  answer(reply.raw, status, { ...headers, Connection: 'close' });
  return reply;
}

function end(reply: FastifyReply, status: number, headers: Record<string, string>, body?: Uint8Array): FastifyReply {
  reply.hijack();
  const length = body && { 'Content-Length': body.length, 'Cache-Control': 'no-store' };
  reply.raw.writeHead(status, { ...SECURITY_HEADERS, ...headers, ...length }).end(body);
  return reply;
}
