/** Answers what is read by GET besides commands: who may ask, what it is, and how it fails. */

import { splitTarget } from '../../http/guard.ts';
import type { Exchange } from '../../http/server.ts';
import { Silence, startWatch } from '../../http/watch.ts';
import { FOREVER_MS, patienceMs } from '../web/patience.ts';
import type { RestAccess } from './access.ts';
import type { CommandDeps } from './commands.ts';
import { certainStatus, codeOf, failureFrom, failureOf, statusOf } from './failure.ts';
import { NOTHING, readParameters } from './parameters.ts';
import type { ReadRoute } from './read.ts';
import { sendReply } from './reply.ts';

export interface Readers {
  access: RestAccess;
  deps: CommandDeps;
  routes: readonly ReadRoute[];
  /** Counts a request by its route. */
  count(route: string): void;
}

/** Failures have the statuses of HTTP: who reads ranges reads them, too. */
export async function serveRead(exchange: Exchange, { access, deps, routes, count }: Readers): Promise<void> {
  const { req, res } = exchange;
  const { path, query: text } = splitTarget(req.url ?? '');
  const query = new URLSearchParams(text);
  // These are no scripts, so the rule for scripts lets nobody in here.
  query.delete('callback');
  const { refused, headers } = access({ method: req.method ?? 'GET', headers: req.headers, query });
  Object.assign(exchange.headers, headers);
  if (refused !== undefined) {
    return sendReply(res, { status: refused, headers: exchange.headers, body: refusedBody(refused) });
  }
  try {
    await run(exchange, path, query, { deps, routes, count });
  } catch (thrown) {
    if (!exchange.gone) fail(exchange, thrown);
  }
}

async function run(
  exchange: Exchange,
  path: string,
  query: URLSearchParams,
  { deps, routes, count }: Omit<Readers, 'access'>,
): Promise<void> {
  const { timeout } = readParameters(NOTHING, new Map(query));
  const watch = startWatch({ firstByteMs: patienceMs(timeout), silenceMs: FOREVER_MS }, exchange);
  try {
    for (const route of routes) {
      const named = route.names(path);
      if (!named) continue;
      const countOne = () => count(route.operation.path);
      countOne();
      const token = query.get('token');
      await route.run(new Map([...query, ...named]), { exchange, deps, watch, token, count: countOne });
      return;
    }
  } finally {
    watch.end();
  }
}

/** What who may not ask is told. */
export function refusedBody(status: 401 | 403): object {
  return failureOf(
    'access.denied',
    status === 401
      ? 'This port wants a token: Authorization: Bearer TOKEN, or ?token=TOKEN.'
      : 'A web page sent this request, and its site may not use this port, or must say X-Requested-With.',
  );
}

function fail({ res, headers }: Exchange, thrown: unknown): void {
  if (res.headersSent) {
    res.destroy();
    return;
  }
  if (thrown instanceof Silence) {
    const body = failureOf('timeout', 'It did not come within the time that was given.');
    sendReply(res, { status: 504, headers, body });
    return;
  }
  const code = codeOf(thrown);
  if (code === undefined) throw thrown;
  sendReply(res, { status: certainStatus(thrown) ?? statusOf(code), headers, body: failureFrom(thrown) });
}
