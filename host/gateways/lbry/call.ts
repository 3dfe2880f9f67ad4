/** A call as it comes over HTTP, and the answer to it. Pure. */

import { INVALID_REQUEST, PARSE_ERROR, rpcError } from './rpc-error.ts';

type CallId = string | number | null;

export interface Call {
  /** null where there is none, or none that can be given back */
  id: CallId;
  method: string;
  /** undefined where it has none */
  params: unknown;
}

/** What is to be answered to a body that is no call. */
export interface NoCall {
  id: CallId;
  error: Error;
}

export function readCall(body: string): Call | NoCall {
  let json: unknown;
  try {
    json = JSON.parse(body);
  } catch {
    return {
      id: null,
      error: rpcError(PARSE_ERROR, 'The body is no JSON: it must be one call, as {"method": "status"}.'),
    };
  }
  if (Array.isArray(json))
    return { id: null, error: rpcError(INVALID_REQUEST, 'Several calls at once are not taken.') };
  if (!isObject(json)) return { id: null, error: rpcError(INVALID_REQUEST, 'A call must be one object.') };
  const id = idOf(json.id);
  const { method } = json;
  if (typeof method !== 'string') {
    return { id, error: rpcError(INVALID_REQUEST, 'A call must name its method, as text.') };
  }
  return { id, method, params: json.params };
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function idOf(value: unknown): CallId {
  return typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value)) ? value : null;
}

export type Outcome = { result: unknown } | { error: object };

/** Keys in their order and lines of their own, as lbry-sdk writes it. */
export function writeAnswer(id: CallId, outcome: Outcome): Uint8Array {
  return new TextEncoder().encode(`${JSON.stringify({ jsonrpc: '2.0', id, ...outcome }, sorted, 2)}\n`);
}

function sorted(_key: string, value: unknown): unknown {
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)));
}
