/** Who is behind a request, as far as its headers can be believed. Pure: headers in, a verdict out. */

import { isAddress } from '../platform/addresses.ts';
import { isEverywhere } from './bind.ts';

/** Headers as Node gives them: lower-case names; repeated ones are joined by a comma. */
export type RequestHeaders = Readonly<Record<string, string | string[] | undefined>>;

/**
 * `program`: nothing names a web page: a player, curl, a page of the extension, a typed address.
 * `page`: a web page of this origin.
 * `unnamed`: a web page sent it, but not which: no grant can be found for it.
 */
export type Caller = { kind: 'program' } | { kind: 'page'; origin: string } | { kind: 'unnamed' };

/**
 * `Origin` decides; without one `Referer`; without both, `Sec-Fetch-Site` tells a page from a program. A page can remove
 * `Referer`, never `Sec-Fetch-Site`; `same-origin` is what Firefox says of any extension's request, so it proves nothing.
 */
export function callerOf(headers: RequestHeaders): Caller {
  const named = headers.origin ?? headers.referer;
  if (named !== undefined) {
    const origin = headers.origin === undefined ? originOfUrl(named) : exactOrigin(named);
    return origin === undefined ? { kind: 'unnamed' } : { kind: 'page', origin };
  }
  const site = headers['sec-fetch-site'];
  return site === undefined || site === 'none' ? { kind: 'program' } : { kind: 'unnamed' };
}

/** The value of an `Origin` header, if it is one web origin as browsers write it; `null` and lists are none. */
export function exactOrigin(value: unknown): string | undefined {
  const origin = originOfUrl(value);
  return origin === value ? origin : undefined;
}

function originOfUrl(value: unknown): string | undefined {
  if (typeof value !== 'string' || !URL.canParse(value)) return undefined;
  const { protocol, origin } = new URL(value);
  return protocol === 'https:' || protocol === 'http:' ? origin : undefined;
}

/** What the name in a request says of it: ours, none at all (400), or another's (421: DNS rebinding). */
export type Addressed = 'here' | 'nowhere' | 'elsewhere';

/**
 * `hosts` are the values of every `Host` header. `target` is the request target: one in absolute form names a host of its
 * own, which counts above `Host` (RFC 9112, section 3.2.2), so both must be ours.
 */
export function addressed(hosts: readonly string[], target: string, isOurs: (authority: string) => boolean): Addressed {
  if (hosts.length !== 1 || hosts[0] === '') return 'nowhere';
  const authority = splitTarget(target).authority;
  const names = authority === undefined ? hosts : [...hosts, authority];
  return names.every(name => isOurs(name)) ? 'here' : 'elsewhere';
}

/** A request target in its two usual forms: `/path?query`, or the same after `http://authority`. */
export function splitTarget(target: string): { authority: string | undefined; path: string; query: string } {
  const absolute = target.startsWith('/') ? undefined : /^[a-z][a-z0-9+.-]*:\/\/([^/?#]*)/i.exec(target);
  const start = absolute?.[0].length ?? 0;
  const mark = target.indexOf('?', start);
  const end = mark < 0 ? target.length : mark;
  return { authority: absolute?.[1], path: target.slice(start, end), query: target.slice(end + 1) };
}

/** `address`: one that the person has this port listen on besides; null: loopback alone. */
export function isOwn(host: string, port: number, address: string | null): boolean {
  const name = host.toLowerCase();
  if (name === `127.0.0.1:${port}` || name === `localhost:${port}` || name === `[::1]:${port}`) return true;
  if (address === null || !name.endsWith(`:${port}`)) return false;
  const written = name.slice(0, -`:${port}`.length);
  const bare = written.startsWith('[') && written.endsWith(']') ? written.slice(1, -1) : written;
  // Of all addresses: any number is one of this machine's, or the request would not be here. A name may be another's.
  return isEverywhere(address) ? isAddress(bare) : bare === address.toLowerCase();
}
