/** One HTTP request with caps: redirects only within the origin where nothing else is said, so many bytes, so much silence. */

import type { Transformer } from 'node:stream/web';
import { LsdError } from '../../shared/errors.ts';
import { VERSION } from '../../shared/protocol.ts';

const MAX_REDIRECTS = 5;
export const USER_AGENT = `LetsShareData/${VERSION}`;

export interface FetchCaps {
  lan: boolean;
  /** of the decoded body */
  maxBytes: number;
  /** ms without a byte, before the headers and between chunks of the body */
  silenceMs: number;
  /** ms for the whole exchange; without it a reply may drip as long as it is not silent */
  totalMs?: number;
  signal?: AbortSignal;
  /** Redirects may lead to other origins, over http or https; each address is checked. For requests without credentials. */
  redirects?: 'anywhere';
  /** sees every answer, those that redirect too (cookies) */
  onResponse?: (url: URL, response: Response) => void | Promise<void>;
  /** headers for one URL of the redirect chain, beside those of `init` (cookies) */
  headersFor?: (url: URL) => Promise<Record<string, string>>;
}

export type CheckedFetch = (url: string | URL, init: RequestInit, caps: FetchCaps) => Promise<Response>;

/** One request; a redirect is an answer like others. */
type Send = (url: URL, init: RequestInit, lan: boolean) => Promise<Response>;

export function createCheckedFetch(send: Send): CheckedFetch {
  return async (target, init, caps) => {
    const watch = createWatch(caps);
    try {
      const response = await follow(new URL(target), init, caps, send, watch);
      return capped(response, caps.maxBytes, watch);
    } catch (thrown) {
      watch.stop();
      throw asLsdError(thrown, new URL(target), watch);
    }
  };
}

async function follow(start: URL, init: RequestInit, caps: FetchCaps, send: Send, watch: Watch): Promise<Response> {
  let url = start;
  let method = init.method ?? 'GET';
  let body = init.body ?? null;
  for (let hops = 0; hops <= MAX_REDIRECTS; hops++) {
    watch.heard();
    const headers = new Headers(init.headers);
    headers.set('user-agent', USER_AGENT);
    for (const [name, value] of Object.entries((await caps.headersFor?.(url)) ?? {})) headers.set(name, value);
    const response = await send(url, { ...init, method, body, headers, signal: watch.signal }, caps.lan);
    await caps.onResponse?.(url, response);
    const location = response.headers.get('location');
    if (response.status < 300 || response.status > 399 || response.status === 304 || location === null) return response;
    await response.body?.cancel();
    url = redirected(url, location, caps.redirects);
    // 301 and 302 keep the method, unlike in browsers: `/api` that moves to `/api/` is still to be called.
    if (response.status === 303) {
      method = 'GET';
      body = null;
    }
  }
  throw new LsdError('site-error', `${start.origin} redirects in a circle (more than ${MAX_REDIRECTS} times).`);
}

function redirected(from: URL, location: string, rule: FetchCaps['redirects']): URL {
  const to = URL.canParse(location, from) ? new URL(location, from) : undefined;
  if (to?.origin === from.origin || (to && rule === 'anywhere' && /^https?:$/.test(to.protocol))) return to;
  throw new LsdError(
    'site-error',
    `${from.origin} redirects to ${to?.origin ?? 'an address that is none'}; a redirect is followed within the origin only.`,
    { params: { origin: from.origin } },
  );
}

// ---------------------------------------------------------------- silence and size

interface Watch {
  signal: AbortSignal;
  /** something arrived: the silence begins anew */
  heard(): void;
  stop(): void;
  /** why it was ended by the watch itself */
  ended(): LsdError | undefined;
}

function createWatch(caps: FetchCaps): Watch {
  const controller = new AbortController();
  let ended: LsdError | undefined;
  let silence: NodeJS.Timeout | undefined;
  const end = (error: LsdError) => {
    ended ??= error;
    controller.abort(error);
  };
  const total =
    caps.totalMs === undefined
      ? undefined
      : setTimeout(() => end(tooSlow(`did not finish its answer in ${seconds(caps.totalMs)} s`)), caps.totalMs);
  const aborted = () => end(new LsdError('aborted', 'The call was cancelled.', { cause: caps.signal?.reason }));
  caps.signal?.addEventListener('abort', aborted, { once: true });
  if (caps.signal?.aborted) aborted();
  return {
    signal: controller.signal,
    heard() {
      clearTimeout(silence);
      silence = setTimeout(() => end(tooSlow(`was silent for ${seconds(caps.silenceMs)} s`)), caps.silenceMs);
    },
    stop() {
      clearTimeout(silence);
      clearTimeout(total);
      caps.signal?.removeEventListener('abort', aborted);
    },
    ended: () => ended,
  };
}

function tooSlow(what: string): LsdError {
  return new LsdError('timeout', `The server ${what}. Try again later.`);
}

const seconds = (ms = 0) => Math.round(ms / 1000);

/** The same response with a body that ends in an error at the cap, or at the silence. */
function capped(response: Response, maxBytes: number, watch: Watch): Response {
  const announced = Number(response.headers.get('content-length') ?? 0);
  if (announced > maxBytes) {
    void response.body?.cancel().catch(() => {});
    watch.stop();
    throw tooLarge(maxBytes);
  }
  if (!response.body) {
    watch.stop();
    return response;
  }
  const body = response.body.pipeThrough(counting(maxBytes, watch));
  const { status, statusText, headers } = response;
  return Object.defineProperty(new Response(body, { status, statusText, headers }), 'url', { value: response.url });
}

function counting(maxBytes: number, watch: Watch): TransformStream<Uint8Array, Uint8Array> {
  let bytes = 0;
  const transformer: Transformer<Uint8Array, Uint8Array> & { cancel(): void } = {
    transform(chunk, controller) {
      watch.heard();
      bytes += chunk.length;
      if (bytes <= maxBytes) return controller.enqueue(chunk);
      watch.stop();
      controller.error(tooLarge(maxBytes));
    },
    flush() {
      watch.stop();
    },
    cancel() {
      watch.stop();
    },
  };
  return new TransformStream(transformer);
}

function tooLarge(maxBytes: number): LsdError {
  return new LsdError('site-error', `The answer is larger than the ${Math.round(maxBytes / 1_048_576)} MiB allowed.`);
}

function asLsdError(thrown: unknown, url: URL, watch: Watch): LsdError {
  const ended = watch.ended();
  if (ended) return ended;
  for (let cause = thrown; cause instanceof Error; cause = cause.cause) if (cause instanceof LsdError) return cause;
  const reason = thrown instanceof Error && thrown.cause instanceof Error ? thrown.cause.message : String(thrown);
  return new LsdError('site-unreachable', `${url.origin} cannot be reached (${reason}). Try again later.`, {
    cause: thrown,
    params: { origin: url.origin },
  });
}
