/** Which origins may have a grant, and which URL of theirs may be called. */

import { LsdError } from '../../shared/errors.ts';
import { classOf } from '../platform/addresses.ts';

export interface CheckedOrigin {
  origin: string;
  /** this machine itself: a grant implies the LAN for this origin alone */
  impliesLan: boolean;
  /** plain http, or an address off the internet: granted only with the LAN tick */
  needsLan: boolean;
}

const LOCAL_HOSTS = new Set(['localhost', '127.0.0.1', '[::1]']);
/** Names that no public DNS answers (RFC 6762, 8375, ICANN's `internal`). */
const PRIVATE_NAME = /\.(local|internal|lan|home\.arpa|localhost)$/;

/** The origin that `text` writes (a bare origin, or one with `/` behind it), else `invalid`. */
export function checkOrigin(text: string): CheckedOrigin {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (!url || !/^https?:$/.test(url.protocol) || !isBare(url)) {
    throw new LsdError('invalid', `"${text}" is no origin of a web site. Write it like https://archive.example.`, {
      params: { origin: text },
    });
  }
  const impliesLan = LOCAL_HOSTS.has(url.hostname);
  const isPrivate = PRIVATE_NAME.test(url.hostname) || isLanLiteral(url.hostname);
  return { origin: url.origin, impliesLan, needsLan: !impliesLan && (url.protocol === 'http:' || isPrivate) };
}

/** The API's URL: same-origin, without credentials; by default `<origin>/api/`. */
export function checkApiUrl(origin: string, text: string | undefined): string {
  const url = URL.canParse(text ?? '/api/', origin) ? new URL(text ?? '/api/', origin) : undefined;
  if (!url || url.origin !== origin || url.username !== '' || url.password !== '') {
    throw new LsdError('invalid', `The URL of the API must lie within ${origin}; "${text}" does not.`, {
      params: { field: 'url', origin },
    });
  }
  url.hash = '';
  return url.href;
}

function isBare(url: URL): boolean {
  return url.pathname === '/' && url.search === '' && url.hash === '' && url.username === '' && url.password === '';
}

function isLanLiteral(host: string): boolean {
  return (/^[\d.]+$/.test(host) || host.startsWith('[')) && classOf(host) !== 'public';
}
