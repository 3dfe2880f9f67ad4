/**
 * Who may use the RestTorrent gateway (resttorrent.md, "Access"): whom the admission of gateways lets in, and of browsers those
 * that show, before they change something, that no plain form sent it.
 */

import type { AccessRules, Admission, Verdict } from '../../http/admission.ts';
import { createAdmission } from '../../http/admission.ts';
import type { RequestHeaders } from '../../http/guard.ts';

export interface RestAccessRules extends AccessRules {
  /** pages of other sites may load answers as scripts, with the token in the URL */
  jsonp: boolean;
}

export interface Asking {
  method: string;
  headers: RequestHeaders;
  query: URLSearchParams;
}

export type RestAccess = (asking: Asking) => Verdict & { callback: string | null };

export function createRestAccess(rules: RestAccessRules, port: () => number): RestAccess {
  const admission: Admission = createAdmission(rules, port);
  const isToken = (given: string | null) => rules.token !== null && admission({}, given).refused === undefined;

  return ({ method, headers, query }) => {
    const token = query.get('token');
    const callback = rules.jsonp && method === 'GET' ? query.get('callback') : null;
    const verdict = admission(headers, token);
    // A script of another site is always cross-site; with an Origin it asks for more than to be loaded.
    const isScript = callback !== null && headers.origin === undefined && isToken(token);
    if (isScript) return { refused: undefined, headers: { ...verdict.headers, ...READ_BY_ALL }, callback };
    const isForged = rules.token === null && changes(method) && isBrowser(headers) && !isDeliberate(headers);
    return { ...verdict, refused: verdict.refused ?? (isForged ? 403 : undefined), callback };
  };
}

/** What a script element of another site may load. */
const READ_BY_ALL = { 'Cross-Origin-Resource-Policy': 'cross-origin' };

function changes(method: string): boolean {
  return method !== 'GET' && method !== 'HEAD' && method !== 'OPTIONS';
}

/** What Node's own fetch and WebSocket say in `Sec-Fetch-Mode`; in a browser an `Origin` comes with each of them. */
const MODES_OF_NODE: readonly unknown[] = ['cors', 'websocket'];

export function isBrowser(headers: RequestHeaders): boolean {
  const signs = Object.keys(headers).filter(name => /^(origin|referer|sec-fetch-.*)$/.test(name));
  return signs.some(name => name !== 'sec-fetch-mode' || !MODES_OF_NODE.includes(headers[name]));
}

/** No form, image or script can send it, and no other site's page without a preflight. */
function isDeliberate(headers: RequestHeaders): boolean {
  return headers['x-requested-with'] !== undefined;
}
