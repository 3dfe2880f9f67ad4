/** An answer as it goes out: JSON, or the same as a script (JSONP). */

import type { Response } from '../../http/exchange.ts';
import { unreadable } from './failure.ts';

export interface Reply {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: object;
}

const NAME = /^[\w$.]{1,64}$/;

export function isCallback(name: string): boolean {
  return NAME.test(name);
}

/** Throws `param.invalid` for what is no name of a function. */
export function assertCallback(name: string): void {
  if (!isCallback(name))
    throw unreadable('param.invalid', 'callback must be a name of at most 64 letters, digits, _, $ and dots.');
}

export function sendReply(res: Response, { status, headers, body }: Reply, callback: string | null = null): void {
  const json = JSON.stringify(body);
  // The comment keeps the answer from beginning with what its caller chose. Two characters of JSON end lines in old scripts.
  const text =
    callback === null ? json : `/**/${callback}(${json.replace(/\u2028/g, '\\u2028').replace(/\u2029/g, '\\u2029')});`;
  const bytes = new TextEncoder().encode(text);
  res.writeHead(status, {
    ...headers,
    'Content-Type': callback === null ? 'application/json; charset=utf-8' : 'application/javascript; charset=utf-8',
    'Cache-Control': 'no-store',
    'Content-Length': bytes.length,
  });
  if (res.req.method !== 'HEAD') res.write(bytes);
  res.end();
}
