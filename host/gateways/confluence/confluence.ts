/** The Confluence gateway (confluence.md): a torrent as HTTP, on a port of its own. */

import { LsdError } from '../../../shared/errors.ts';
import type { HeldTorrents } from '../../core/held-torrents.ts';
import { type AccessRules, type Admission, createAdmission } from '../../http/admission.ts';
import { answer } from '../../http/answer.ts';
import { splitTarget } from '../../http/guard.ts';
import type { Exchange, HttpServer } from '../../http/server.ts';
import { startWatch } from '../../http/watch.ts';
import type { Route } from './asked.ts';
import { CHANGES, mountChanges } from './changes.ts';
import { data, dataByPath, isDataPath } from './data.ts';
import { mountEvents, plainEvents } from './events.ts';
import { fileState, verifyData } from './file-state.ts';
import { info, metainfo } from './info.ts';
import { health, status, torrents } from './status.ts';
import { statusOf } from './status-of.ts';

export interface ConfluenceDeps {
  torrents: HeldTorrents;
  access: AccessRules;
}

/** GET and HEAD. */
const ROUTES: ReadonlyMap<string, Route> = new Map([
  ['/data', data],
  ['/info', info],
  ['/metainfo', metainfo],
  ['/fileState', fileState],
  ['/verifyData', verifyData],
  ['/events', plainEvents],
  ['/status', status],
  ['/torrents', torrents],
  ['/health', health],
]);

/** ms; the longest time that a timer takes. There is no limit on waiting but the one that a request names. */
const FOREVER_MS = 2 ** 31 - 1;

export function mountConfluence(server: HttpServer, deps: ConfluenceDeps): void {
  const admission = createAdmission(deps.access, () => server.port);
  server.stream(
    path => routeOf(path) !== undefined,
    exchange => serve(exchange, admission, deps),
  );
  mountEvents(server, admission, deps.torrents);
  admitAll(server, admission);
  mountChanges(server, deps.torrents);
}

const PREFLIGHT = {
  'Access-Control-Allow-Methods': 'GET, HEAD, POST, DELETE',
  'Access-Control-Allow-Headers': 'Authorization, Content-Type, Range, If-Range, If-None-Match',
  'Access-Control-Max-Age': '600',
};

/** Of what is no GET of a route: who may ask, and whether there is such a method. */
function admitAll({ app }: HttpServer, admission: Admission): void {
  app.addHook('onRequest', async (request, reply) => {
    const { path, query } = splitTarget(request.url);
    const { refused, headers } = admission(request.headers, new URLSearchParams(query).get('token'));
    const isPreflight = request.method === 'OPTIONS' && 'Access-Control-Allow-Origin' in headers;
    // A preflight carries no token.
    if (isPreflight && refused !== 403) {
      return reply
        .code(204)
        .headers({ ...headers, ...PREFLIGHT })
        .send();
    }
    const allowed = routeOf(path) && `GET, HEAD${CHANGES.has(path) ? `, ${CHANGES.get(path)}` : ''}`;
    const isWrong = allowed !== undefined && CHANGES.get(path) !== request.method;
    const code = refused ?? (isWrong ? 405 : undefined);
    if (code === undefined) {
      reply.headers(headers);
      return undefined;
    }
    reply.hijack();
    answer(reply.raw, code, { ...headers, ...(isWrong && { Allow: allowed }), Connection: 'close' });
    return reply;
  });
}

function routeOf(path: string): Route | undefined {
  return ROUTES.get(path) ?? (isDataPath(path) ? dataByPath : undefined);
}

async function serve(exchange: Exchange, admission: Admission, deps: ConfluenceDeps): Promise<void> {
  const { path, query: text } = splitTarget(exchange.req.url ?? '');
  const query = new URLSearchParams(text);
  const { refused, headers } = admission(exchange.req.headers, query.get('token'));
  Object.assign(exchange.headers, headers);
  if (refused !== undefined) return answer(exchange.res, refused, exchange.headers);
  const watch = startWatch({ firstByteMs: patienceOf(query), silenceMs: FOREVER_MS }, exchange);
  try {
    await routeOf(path)?.({ exchange, path, query, watch, torrents: deps.torrents });
  } catch (thrown) {
    if (!exchange.gone) fail(exchange, thrown);
  } finally {
    watch.end();
  }
}

/** `?timeout=` in seconds, until the first byte. */
function patienceOf(query: URLSearchParams): number {
  const seconds = Number(query.get('timeout') ?? Number.NaN);
  return seconds > 0 ? Math.min(FOREVER_MS, seconds * 1000) : FOREVER_MS;
}

function fail({ res, headers }: Exchange, thrown: unknown): void {
  const code = statusOf(thrown);
  if (res.headersSent) res.destroy();
  if (code === undefined) throw thrown;
  if (!res.headersSent) answer(res, code, headers, thrown instanceof LsdError ? thrown.message : undefined);
}
