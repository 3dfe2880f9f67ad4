/** `GET /get/ID`: the bytes of a file by its id, for those who may read it. */

import { LsdError } from '../../shared/errors.ts';
import { type Id, parseId } from '../../shared/id.ts';
import type { Content } from '../core/content.ts';
import type { Sites } from '../core/ports.ts';
import type { Blocklist } from '../core/preferences.ts';
import { answer } from '../http/answer.ts';
import type { CheckedCapabilities, Readers } from '../http/capability.ts';
import { callerOf, exactOrigin, splitTarget } from '../http/guard.ts';
import { knownTypeHeaders, typeHeaders } from '../http/mime.ts';
import { type Representation, sendAtOnce, sendContent } from '../http/send.ts';
import type { Exchange, HttpServer } from '../http/server.ts';
import { type Patience, Silence, startWatch, type Watch } from '../http/watch.ts';
import { isExhausted } from '../platform/files.ts';
import { momentOf } from '../platform/moment.ts';
import { createWarmContents, type WarmContents } from './warm.ts';

/** What decides who may read. */
export interface Rights {
  sites: Pick<Sites, 'granted' | 'mayRead'>;
  capabilities: Pick<CheckedCapabilities, 'check'>;
  readers: Pick<Readers, 'origin'>;
  blocklist: Pick<Blocklist, 'has'>;
  /** rule (d): the person lets any program of this machine read what is held */
  openToPrograms(): boolean;
}

export interface GetDeps extends Rights {
  /**
   * Opens what `reader` may read of the id (null: the person): a file that is shared with that site, else the download it
   * requested. A file of the person's own that is not shared with the site is not opened for it: it must not learn of it.
   * The signal ends the wait for a download whose size is not known yet.
   */
  open(id: Id, reader: string | null, signal?: AbortSignal): Promise<Content | undefined>;
  patience?: Patience;
}

/** lsd.md, section 4 */
const PATIENCE: Patience = { firstByteMs: 60_000, silenceMs: 60_000 };
const RETRY_AFTER_S = '5';
/** Every 404 waits this long from the request's start: longer than any look-up takes, so that none tells what is held. */
const NOT_FOUND_MS = 20;

export function mountGet(server: HttpServer, deps: GetDeps): void {
  const patience = deps.patience ?? PATIENCE;
  const warm = createWarmContents(deps.open);
  server.app.addHook('onClose', () => warm.close());

  async function serve(exchange: Exchange, wanted: Wanted | undefined, begun: number): Promise<void> {
    if (wanted && (await serveWanted(exchange, wanted, warm, patience)) === 'answered') return;
    await answerNotFound(exchange, begun);
  }

  server.stream(
    path => path.startsWith('/get/'),
    exchange => {
      const begun = performance.now();
      const wanted = wantedBy(exchange, parseTarget(exchange.req.url ?? ''), deps);
      return wanted && serveAtOnce(exchange, wanted, warm, deps, patience) ? undefined : serve(exchange, wanted, begun);
    },
  );

  server.app.options('/get/*', (request, reply) => {
    const origin = exactOrigin(request.headers.origin);
    if (origin === undefined || !deps.sites.granted(origin)) return reply.callNotFound();
    return reply.code(204).headers(preflightHeaders(origin)).send();
  });
}

/** `begun`: when the request came, as of `performance.now()`. */
export async function answerNotFound({ res, headers }: Exchange, begun: number): Promise<void> {
  await momentOf(begun + NOT_FOUND_MS);
  answer(res, 404, headers);
}

/** What may be read by this request, and as whom (null: the person). */
interface Wanted {
  target: Target;
  reader: string | null;
}

/** Sets the headers of CORS, too. */
export function wantedBy(exchange: Exchange, target: Target | undefined, deps: Rights): Wanted | undefined {
  const reader = target && readerOf(exchange, target, deps);
  allowOrigin(exchange, deps.sites, reader);
  return reader && { target, reader: reader.origin };
}

interface Target {
  id: Id;
  token: string | null;
}

function parseTarget(url: string): Target | undefined {
  const { path, query } = splitTarget(url);
  return targetOf(path.slice('/get/'.length), query);
}

export function targetOf(named: string, query: string): Target | undefined {
  const id = parseId(named);
  return id && { id, token: query === '' ? null : new URLSearchParams(query).get('t') };
}

/** For whom the id may be read by this request: lsd.md, section 4, "Who may read". Undefined: for nobody. */
function readerOf({ req }: Exchange, { id, token }: Target, deps: Rights): { origin: string | null } | undefined {
  if (deps.blocklist.has(id)) return undefined;
  const mayRead = (origin: string) => deps.sites.granted(origin) && deps.sites.mayRead(origin, id);
  const caller = callerOf(req.headers);

  // (c) a page of a site that shares or requested it
  if (caller.kind === 'page' && mayRead(caller.origin)) return { origin: caller.origin };

  // (b) the extension vouches for the page
  const value = req.headers['x-lsd-reader'];
  const vouched = typeof value === 'string' ? deps.readers.origin(value) : undefined;
  if (vouched !== undefined && mayRead(vouched)) return { origin: vouched };

  // A capability serves a page only together with (b) or (c), which did not hold.
  if (caller.kind !== 'program') return undefined;

  // (a) a player, or a page of the extension; a site's capability ends with its grant
  const capability = token === null ? undefined : deps.capabilities.check(token, id);
  if (capability && (capability.origin === null || mayRead(capability.origin))) return capability;

  // (d) any program of this machine
  return deps.openToPrograms() ? { origin: null } : undefined;
}

/** CORS. A page gets to read only what was opened for its own origin, not what a frame around it may play. */
function allowOrigin(
  { req, headers }: Exchange,
  sites: Rights['sites'],
  reader: { origin: string | null } | undefined,
) {
  headers.Vary = 'Origin';
  headers['Cross-Origin-Resource-Policy'] = 'cross-origin';
  const origin = exactOrigin(req.headers.origin);
  if (origin === undefined || !sites.granted(origin)) return;
  if (reader && reader.origin !== origin) return;
  headers['Access-Control-Allow-Origin'] = origin;
  headers['Access-Control-Expose-Headers'] = 'Accept-Ranges, Content-Range, ETag, Retry-After';
}

function preflightHeaders(origin: string): Record<string, string> {
  return {
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Allow-Methods': 'GET, HEAD',
    'Access-Control-Allow-Headers': 'Range, If-Range, If-None-Match',
    'Access-Control-Max-Age': '600',
    Vary: 'Origin',
  };
}

/** But for `answered` nothing was said yet. `changed`: what was opened is another file now. */
type Outcome = 'answered' | 'absent' | 'changed';

/** False: something has to be waited for, and nothing was said yet. */
function serveAtOnce(
  exchange: Exchange,
  { target, reader }: Wanted,
  warm: WarmContents,
  deps: Rights,
  patience: Patience,
): boolean {
  const content = warm.atHand(target.id, reader);
  const type = content && knownTypeHeaders(content, target.id);
  if (!content || !type) return false;
  // Who may read is asked each time, and whether it is the same file.
  const mayAgain = () => {
    const now = readerOf(exchange, target, deps);
    return now?.origin === reader && warm.atHand(target.id, reader) === content;
  };
  return sendAtOnce(exchange, { ...shownAs(content, target.id, type), mayAgain }, patience);
}

async function serveWanted(exchange: Exchange, wanted: Wanted, warm: WarmContents, patience: Patience) {
  const outcome = await serveOnce(exchange, wanted, warm, patience);
  // The file was moved, say, while it was open: it is found under its new name, or not at all.
  return outcome === 'changed' ? serveOnce(exchange, wanted, warm, patience) : outcome;
}

async function serveOnce(
  exchange: Exchange,
  { target: { id }, reader }: Wanted,
  warm: WarmContents,
  patience: Patience,
): Promise<Outcome> {
  const { res } = exchange;
  const watch = startWatch(patience, exchange);
  try {
    await using content = await openWithin(warm.open(id, reader, watch.signal), watch);
    if (!content) return 'absent';
    const type = typeHeaders(content, id, watch.signal);
    const shown = shownAs(content, id, type instanceof Promise ? await watch.wait(type) : type);
    await sendContent(exchange, shown, watch);
    return 'answered';
  } catch (thrown) {
    if (exchange.gone) return 'answered';
    if (!(thrown instanceof Silence)) warm.forget(id, reader);
    if (res.headersSent) {
      res.destroy();
      if (!(thrown instanceof Silence || thrown instanceof LsdError)) throw thrown;
      return 'answered';
    }
    if (thrown instanceof Silence || isExhausted(thrown)) {
      answer(res, 503, { ...exchange.headers, 'Retry-After': RETRY_AFTER_S });
      return 'answered';
    }
    if (thrown instanceof LsdError && thrown.code === 'not-found') return 'changed';
    throw thrown;
  } finally {
    watch.end();
  }
}

function shownAs(content: Content, id: Id, type: Record<string, string>): Representation {
  const { verified } = content;
  const headers = { ...type, 'Cache-Control': verified ? 'private, no-cache' : 'no-store' };
  return { content, etag: verified ? `"${id}"` : undefined, headers };
}

/** A content that opens after the wait was given up is closed at once. */
async function openWithin(opening: Promise<Content | undefined>, watch: Watch): Promise<Content | undefined> {
  try {
    return await watch.wait(opening);
  } catch (thrown) {
    opening.then(late => late?.[Symbol.asyncDispose]()).catch(() => {});
    throw thrown;
  }
}
