/** One call of a site's API: the envelope around it, the caps on its answer, its status in a sentence. */

import { LsdError } from '../../shared/errors.ts';
import type { FetchCaps } from '../platform/checked-fetch.ts';
import { dropYoung } from '../platform/memory.ts';
import type { Net } from '../platform/net.ts';
import { createIdFilter } from './id-filter.ts';
import type { IdList } from './id-list.ts';
import { isObject } from './metadata.ts';
import { printable } from './replies.ts';

const MIB = 1_048_576;
const DROPPED_BYTES = MIB;
const SYNC_BYTES = 64 * MIB;
const OTHER_BYTES = 16 * MIB;
const SILENCE_MS = 30_000;
/** A reply may come slowly, but not for ever. */
const WHOLE_MS = 15 * 60_000;

export type Action = 'api' | 'signin' | 'sync' | 'addRequests' | 'removeRequests' | 'getRequests';

/** The site answered, with a status that is not 200. */
export class SiteStatus extends Error {
  override readonly name = 'SiteStatus';
  readonly code: number;
  constructor(code: number, text: string) {
    super(text);
    this.code = code;
  }
}

export interface SiteCall {
  action: Action | string;
  data: object;
  /** `application/json` in place of a form */
  json: boolean;
  token: string | undefined;
  /** seconds that the site may hold the reply */
  wait?: number;
  take?: TakenIds;
  signal?: AbortSignal;
}

/** The ids of the reply go here while it arrives; what returns has a "" in their place. */
export interface TakenIds {
  field: 'ids' | 'update';
  into: IdList;
}

export interface SiteApiDeps {
  url: string;
  lan: boolean;
  net: Pick<Net, 'checkedFetch'>;
  cookies: Required<Pick<FetchCaps, 'headersFor' | 'onResponse'>>;
}

/** The data of the reply; SiteStatus where its status is not 200, LsdError where it is no reply at all. */
export async function callSite(deps: SiteApiDeps, call: SiteCall): Promise<unknown> {
  const { url, lan, net, cookies } = deps;
  const { contentType, body } = await encodeCall(call);
  const headers = {
    accept: 'application/json',
    'content-type': contentType,
    ...(call.token !== undefined && { authorization: `Bearer ${call.token}` }),
  };
  const wait = (call.wait ?? 0) * 1000;
  const response = await net.checkedFetch(
    url,
    { method: 'POST', headers, body },
    {
      lan,
      maxBytes: call.action === 'sync' ? SYNC_BYTES : OTHER_BYTES,
      silenceMs: SILENCE_MS + wait,
      totalMs: WHOLE_MS + wait,
      ...cookies,
      ...(call.signal && { signal: call.signal }),
    },
  );
  return decodeReply(response.status, await readText(response, call.take), new URL(url).origin);
}

async function encodeCall({
  action,
  data,
  json,
}: SiteCall): Promise<{ contentType: string; body: Uint8Array<ArrayBuffer> }> {
  if (json) {
    return { contentType: 'application/json', body: new TextEncoder().encode(JSON.stringify({ action, data })) };
  }
  const form = new FormData();
  form.set('action', action);
  form.set('data', JSON.stringify(data));
  // Encoded once, as bytes: a redirect can send it again.
  const encoded = new Response(form);
  return { contentType: encoded.headers.get('content-type') ?? '', body: new Uint8Array(await encoded.arrayBuffer()) };
}

async function readText(response: Response, take: TakenIds | undefined): Promise<string> {
  try {
    return take && response.body ? await readBeside(response.body, take) : await response.text();
  } catch (thrown) {
    if (thrown instanceof LsdError) throw thrown;
    throw new LsdError('site-unreachable', 'The connection to the site broke in the middle of its answer.', {
      cause: thrown,
    });
  }
}

/** Whatever an earlier attempt brought is forgotten. */
async function readBeside(body: ReadableStream<Uint8Array>, { field, into }: TakenIds): Promise<string> {
  into.clear();
  const filter = createIdFilter(field, into);
  let read = 0;
  for await (const chunk of body) {
    filter.write(chunk);
    read += chunk.length;
    if (read < DROPPED_BYTES) continue;
    dropYoung();
    read = 0;
  }
  return filter.end();
}

/** Exported for its property tests: total, whatever the text. */
export function decodeReply(httpStatus: number, text: string, origin: string): unknown {
  const reply = parseJson(text);
  if (reply === NOT_JSON) throw notJson(httpStatus, text, origin);
  const envelope = isObject(reply) && isObject(reply.status) ? reply.status : undefined;
  const code = Number(envelope?.code ?? httpStatus);
  const isGood = code >= 200 && code <= 299;
  if (!isGood || httpStatus > 299) {
    const words = typeof envelope?.text === 'string' ? printable(envelope.text, 200) : `HTTP ${httpStatus}`;
    throw new SiteStatus(isGood || !Number.isInteger(code) ? httpStatus : code, words);
  }
  if (!isObject(reply) || !envelope) return reply;
  return reply.data ?? {};
}

const NOT_JSON = Symbol('not JSON');

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return NOT_JSON;
  }
}

function notJson(httpStatus: number, text: string, origin: string): Error {
  if (httpStatus === 401 || httpStatus === 403) return new SiteStatus(httpStatus, `HTTP ${httpStatus}`);
  const status = httpStatus === 200 ? '' : ` (HTTP ${httpStatus})`;
  if (text.trim() === '') {
    return new LsdError('site-error', `${origin} answered with nothing${status} where its API was expected.`);
  }
  const what = /^\s*</.test(text) ? 'with a web page' : 'with something that is not JSON';
  return new LsdError(
    'site-error',
    `${origin} answered ${what}${status} where its API was expected. Check the URL of the API.`,
    { params: { origin, http: httpStatus } },
  );
}
