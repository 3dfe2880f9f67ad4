/** The Confluence gateway (confluence.md): a torrent as HTTP, on a port of its own. */

import { LsdError } from '../../../shared/errors.ts';
import type { HeldTorrents } from '../../core/held-torrents.ts';
import { type AccessRules, type Admission, createAdmission } from '../../http/admission.ts';
import { answer } from '../../http/answer.ts';
import { splitTarget } from '../../http/guard.ts';
import type { Exchange, HttpServer } from '../../http/server.ts';
import { startWatch } from '../../http/watch.ts';
import { FOREVER_MS, patienceMs } from '../web/patience.ts';
import type { Asked } from './asked.ts';
import { CHANGES, mountChanges } from './changes.ts';
import { isDataPath } from './data.ts';
import { mountDebug } from './debug.ts';
import { mountEvents } from './events.ts';
import { NOTHING, readQuery } from './queries.ts';
import { createRoutes, type Routes } from './routes.ts';
import { statusOf } from './status-of.ts';

export interface ConfluenceDeps {
  torrents: HeldTorrents;
  access: AccessRules;
  /** bytes of one upload */
  uploadBytes: number;
  /** numbers of the process for /debug/; null: there is no such page */
  debug: (() => object) | null;
}

export function mountConfluence(server: HttpServer, deps: ConfluenceDeps): void {
  const { torrents, debug } = deps;
  const admission = createAdmission(deps.access, () => server.port);
  const requests = new Map<string, number>();
  const routes = createRoutes(requests);
  server.stream(
    path => routes.all.has(path) || isDataPath(path),
    exchange => serve(exchange, { admission, torrents, routes, requests }),
  );
  mountEvents(server, admission, torrents);
  admitAll(server, admission, routes);
  mountChanges(server, torrents, deps.uploadBytes);
  if (debug) mountDebug(server, { torrents, vars: debug });
}

const PREFLIGHT = {
  'Access-Control-Allow-Methods': 'GET, HEAD, POST, DELETE',
  'Access-Control-Allow-Headers': 'Authorization, Content-Type, Range, If-Range, If-None-Match',
  'Access-Control-Max-Age': '600',
};

/** Of what is no GET of a route: who may ask, and whether there is such a method. */
function admitAll({ app }: HttpServer, admission: Admission, routes: Routes): void {
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
    const reads = routes.all.has(path) || isDataPath(path) ? ['GET, HEAD'] : [];
    const allowed = [...reads, ...(CHANGES.has(path) ? [CHANGES.get(path)] : [])].join(', ');
    const isWrong = allowed !== '' && CHANGES.get(path) !== request.method;
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

interface Serving {
  admission: Admission;
  torrents: HeldTorrents;
  routes: Routes;
  /** how many there were so far, by route */
  requests: Map<string, number>;
}

async function serve(exchange: Exchange, { admission, torrents, routes, requests }: Serving): Promise<void> {
  const { path, query: text } = splitTarget(exchange.req.url ?? '');
  const query = new URLSearchParams(text);
  const { refused, headers } = admission(exchange.req.headers, query.get('token'));
  Object.assign(exchange.headers, headers);
  if (refused !== undefined) return answer(exchange.res, refused, exchange.headers);
  const known = routes.all.get(path);
  const name = known ? path : '/data/infohash';
  const count = () => void requests.set(name, (requests.get(name) ?? 0) + 1);
  count();
  try {
    await run(exchange, path, query, async asked => (known ?? routes.byPath).run({ ...asked, torrents, count }));
  } catch (thrown) {
    if (!exchange.gone) fail(exchange, thrown);
  }
}

/** Waits for the first byte as long as `?timeout=` says. */
async function run(
  exchange: Exchange,
  path: string,
  query: URLSearchParams,
  work: (asked: Omit<Asked, 'torrents' | 'count'>) => Promise<void>,
): Promise<void> {
  const { timeout } = readQuery(NOTHING, query);
  const watch = startWatch({ firstByteMs: patienceMs(timeout), silenceMs: FOREVER_MS }, exchange);
  try {
    await work({ exchange, path, query, watch });
  } finally {
    watch.end();
  }
}

function fail({ res, headers }: Exchange, thrown: unknown): void {
  const code = statusOf(thrown);
  if (res.headersSent) res.destroy();
  if (code === undefined) throw thrown;
  if (!res.headersSent) answer(res, code, headers, thrown instanceof LsdError ? thrown.message : undefined);
}
