/** The cookies by which a site knows its visitor: those that the browser would send to the API, and that are about a session. */

import { COOKIE_NAME, COOKIE_VALUE, type SessionCookie } from '../shared/cookies.ts';
import type { Cookies } from './web-extension.ts';

/**
 * Without `partitionKey` browsers give the cookies with an empty one alone. Of these a session's are kept from scripts, or
 * end with the browser; what lasts and may be read by scripts counts visitors, or remembers a choice.
 */
export async function readSession(cookies: Pick<Cookies.Static, 'getAll'>, url: string): Promise<SessionCookie[]> {
  const all = await cookies.getAll({ url });
  return all
    .filter(({ httpOnly, session, partitionKey }) => (httpOnly || session) && !partitionKey?.topLevelSite)
    .filter(({ name, value }) => COOKIE_NAME.test(name) && COOKIE_VALUE.test(value))
    .map(({ name, value }) => ({ name, value }));
}
