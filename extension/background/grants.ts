/** Which origins have a grant, as the daemon last said; kept, so that they are known before it answers. */

import type { Storage } from '../web-extension.ts';
import type { Link } from './link.ts';

const KEY = 'granted';

export interface Grants {
  has(origin: string): boolean;
  list(): string[];
  /** the API's URL of the sites at which the daemon may use the browser's session, by origin */
  sessions(): ReadonlyMap<string, string>;
  /** resolves when what was kept is read */
  ready: Promise<void>;
  /** asks the daemon again */
  refresh(): Promise<void>;
}

export interface GrantsDeps {
  link: Pick<Link, 'call'>;
  storage: Pick<Storage.StorageArea, 'get' | 'set'>;
  now(): number;
  /** origins that have a grant now and had none, or the other way round */
  onChange(origins: string[]): void;
}

export function createGrants(deps: GrantsDeps): Grants {
  let granted = new Set<string>();
  let sessions = new Map<string, string>();
  const ready = load();

  async function load(): Promise<void> {
    const stored: unknown = (await deps.storage.get(KEY))[KEY];
    if (Array.isArray(stored)) granted = new Set(stored.filter(origin => typeof origin === 'string'));
  }

  return {
    ready,
    has: origin => granted.has(origin),
    list: () => [...granted],
    sessions: () => sessions,
    async refresh() {
      await ready;
      const sites = await deps.link.call('site.list', {});
      const holds = sites.filter(site => site.expiresAt === null || site.expiresAt > deps.now());
      const next = new Set(holds.map(site => site.origin));
      const changed = [...next, ...granted].filter(origin => next.has(origin) !== granted.has(origin));
      granted = next;
      sessions = new Map(holds.filter(site => site.cookies !== null).map(site => [site.origin, site.url]));
      if (changed.length === 0) return;
      await deps.storage.set({ [KEY]: [...next] });
      deps.onChange(changed);
    },
  };
}
