/**
 * Who may use a compatibility gateway (security.md, "The loopback port", 3 and 5): programs of this machine, and of web
 * sites those that the person named. Where a token is set everybody needs it besides.
 */

import { createHash, timingSafeEqual } from 'node:crypto';
import { exactOrigin, type RequestHeaders } from './guard.ts';

export interface AccessRules {
  /** null: none is needed */
  token: string | null;
  /** of web sites that may use it */
  origins: readonly string[];
  /** false: not even pages of this port, which has none */
  ownPages?: boolean;
}

export interface Verdict {
  /** undefined: it may pass */
  refused: 401 | 403 | undefined;
  /** of the answer, whatever it is */
  headers: Record<string, string>;
}

export type Admission = (headers: RequestHeaders, token: string | null) => Verdict;

export function createAdmission({ token, origins, ownPages = true }: AccessRules, port: () => number): Admission {
  const named = new Set(origins);
  /** `host`, which was checked to name this port, may be another address of this machine than loopback. */
  const isOurs = (origin: string, host: unknown) =>
    ownPages &&
    (origin === `http://${host}` ||
      ['127.0.0.1', 'localhost', '[::1]'].some(name => origin === `http://${name}:${port()}`));

  /** Browsers send neither header for another site without saying so in the third. */
  function mayPass(headers: RequestHeaders): boolean {
    const from = headers.origin === undefined ? refererOrigin(headers.referer) : exactOrigin(headers.origin);
    const isNamed = headers.origin !== undefined || headers.referer !== undefined;
    if (isNamed && (from === undefined || !(named.has(from) || isOurs(from, headers.host)))) return false;
    if (from !== undefined && named.has(from)) return true;
    const site = headers['sec-fetch-site'];
    return site === undefined || site === 'none' || site === 'same-origin';
  }

  return (headers, given) => {
    const origin = exactOrigin(headers.origin);
    const isAllowed = origin !== undefined && named.has(origin);
    const bearer = /^bearer +(.+)$/i.exec(String(headers.authorization ?? ''))?.[1]?.trim();
    const mayTell = { Vary: 'Origin', ...(isAllowed && corsFor(origin)) };
    if (!mayPass(headers)) return { refused: 403, headers: mayTell };
    const needsToken = token !== null && !same(bearer ?? given ?? '', token);
    return { refused: needsToken ? 401 : undefined, headers: mayTell };
  };
}

function corsFor(origin: string): Record<string, string> {
  return {
    'Access-Control-Allow-Origin': origin,
    'Access-Control-Expose-Headers': 'Accept-Ranges, Content-Disposition, Content-Range, ETag',
    'Cross-Origin-Resource-Policy': 'cross-origin',
  };
}

function refererOrigin(referer: string | string[] | undefined): string | undefined {
  return typeof referer === 'string' && URL.canParse(referer) ? new URL(referer).origin : undefined;
}

/** In a time that tells nothing of how much of it is right. */
function same(a: string, b: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(a), digest(b));
}
