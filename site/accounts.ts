/** Who a visitor is: passwords (scrypt), session cookies for the page, and a bearer token for the visitor's LSD. */
import { createHash, randomBytes, scrypt, timingSafeEqual } from 'node:crypto';
import { promisify } from 'node:util';
import type { Store } from './store.ts';

const SESSION_SECONDS = 30 * 24 * 3600;
const derive = promisify<string, string, number, Buffer>(scrypt);
const secret = () => randomBytes(24).toString('base64url');
const digest = (key: string) => createHash('sha256').update(key).digest('hex');

export type Accounts = ReturnType<typeof createAccounts>;

export const createAccounts = ({ all, run }: Store) => ({
  async signUp(username: string, password: string): Promise<boolean> {
    const salt = secret();
    const hash = (await derive(password, salt, 32)).toString('hex');
    return run('INSERT OR IGNORE INTO accounts VALUES (?, ?, ?, ?)', username, salt, hash, secret()).changes === 1;
  },
  async verify(username: string, password: string): Promise<boolean> {
    const [account] = all('SELECT salt, hash FROM accounts WHERE username = ?', username);
    // An unknown name takes as long as a wrong password: nobody can probe who has an account.
    const hash = await derive(password, String(account?.salt), 32);
    return account !== undefined && timingSafeEqual(hash, Buffer.from(String(account.hash), 'hex'));
  },
  /** The key of a new session; the database keeps only its digest. */
  openSession(username: string): string {
    const key = secret();
    run('DELETE FROM sessions WHERE expires < unixepoch()');
    run('INSERT INTO sessions VALUES (?, ?, unixepoch() + ?)', digest(key), username, SESSION_SECONDS);
    return key;
  },
  closeSession: (key: string) => run('DELETE FROM sessions WHERE digest = ?', digest(key)),
  token: (username: string) => all('SELECT token FROM accounts WHERE username = ?', username)[0]?.token,
  /** The username, or '' where the credentials are no good. A token that is given decides alone. */
  whois(key: string, token: string | undefined): string {
    const [found] = token
      ? all('SELECT username FROM accounts WHERE token = ?', token)
      : all('SELECT username FROM sessions WHERE digest = ? AND expires > unixepoch()', digest(key));
    return String(found?.username ?? '');
  },
  cookie: (key: string) => `session=${key}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${key ? SESSION_SECONDS : 0}`,
});
