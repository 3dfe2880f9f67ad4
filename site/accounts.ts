/** Who a visitor is: passwords (scrypt), session cookies for the page, a bearer token for the visitor's LSD. */
import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import type { IncomingHttpHeaders } from 'node:http';
import { promisify } from 'node:util';
import type { Database } from './database.ts';

const SESSION_SECONDS = 30 * 24 * 3600;
const derive = promisify<string, string, number, Buffer>(scrypt);
const secret = () => randomBytes(24).toString('base64url');
const digest = (key: string) => createHash('sha256').update(key).digest('hex'); // all that is kept of a session's key
const sessionKey = ({ cookie = '' }: IncomingHttpHeaders) => /(?:^|; )session=([\w-]+)/.exec(cookie)?.[1] ?? '';

export const createAccounts = ({ all, run }: Database, cookieFlags: string) => ({
  async signUp(user: string, password: string): Promise<boolean> {
    const salt = secret();
    const hash = (await derive(password, salt, 32)).toString('hex');
    return run('INSERT OR IGNORE INTO accounts VALUES (?, ?, ?, ?)', user, salt, hash, secret()) === 1;
  },
  async verify(user: string, password: string): Promise<boolean> {
    const [account] = all('SELECT salt, hash FROM accounts WHERE user = ?', user);
    // An unknown name takes as long as a wrong password: nobody can probe who has an account.
    const hash = await derive(password, String(account?.salt), 32);
    return account !== undefined && timingSafeEqual(hash, Buffer.from(String(account.hash), 'hex'));
  },
  openSession(user: string): string {
    const key = secret();
    run('DELETE FROM sessions WHERE expires < unixepoch()');
    run('INSERT INTO sessions VALUES (?, ?, unixepoch() + ?)', digest(key), user, SESSION_SECONDS);
    return `session=${key}; Max-Age=${SESSION_SECONDS}; ${cookieFlags}`;
  },
  closeSession(headers: IncomingHttpHeaders): string {
    run('DELETE FROM sessions WHERE digest = ?', digest(sessionKey(headers)));
    return `session=; Max-Age=0; ${cookieFlags}`;
  },
  token: (user: string) => all('SELECT token FROM accounts WHERE user = ?', user)[0]?.token,
  /** The user, or '' where the credentials are no good. A token that is given decides alone. */
  whois(headers: IncomingHttpHeaders): string {
    const token = /^Bearer (.+)$/.exec(headers.authorization ?? '')?.[1];
    const [found] = token
      ? all('SELECT user FROM accounts WHERE token = ?', token)
      : all('SELECT user FROM sessions WHERE digest = ? AND expires > unixepoch()', digest(sessionKey(headers)));
    return String(found?.user ?? '');
  },
});
export type Accounts = ReturnType<typeof createAccounts>;
