/** Hands the browser's session at a site to the daemon, where the person agreed to it: when a page of it is there, or calls. */

import { readSession } from '../session-cookies.ts';
import type { Cookies } from '../web-extension.ts';
import type { Grants } from './grants.ts';
import type { Link } from './link.ts';

export interface Sessions {
  /** Resolves when the daemon has what the browser has now; a failure keeps nobody waiting. */
  handOver(origin: string): Promise<void>;
  /** The daemon is another: it has none of them. */
  renew(): Promise<void>;
}

export interface SessionsDeps {
  link: Pick<Link, 'call'>;
  grants: Pick<Grants, 'sessions'>;
  cookies: Pick<Cookies.Static, 'getAll'>;
}

export function createSessions({ link, grants, cookies }: SessionsDeps): Sessions {
  /** by origin, what this daemon was handed last */
  const handed = new Map<string, string>();

  async function handOver(origin: string): Promise<void> {
    const url = grants.sessions().get(origin);
    if (url === undefined) return;
    try {
      const session = await readSession(cookies, url);
      const text = JSON.stringify([url, session]);
      if (handed.get(origin) === text) return;
      const { used } = await link.call('cookies', { origin, url, cookies: session });
      if (used) handed.set(origin, text);
    } catch {
      // The next page or call of the site tries again.
    }
  }

  return {
    handOver,
    async renew() {
      handed.clear();
      await Promise.all([...grants.sessions().keys()].map(handOver));
    },
  };
}
