/** Who has a grant, and what it allows: kept in the store, its password and token in the secrets. */

import { LsdError } from '../../shared/errors.ts';
import type { GrantParams } from '../../shared/protocol.ts';
import type { Clock, Secrets } from '../core/ports.ts';
import type { Catalogue, SiteRow, SiteStore } from '../core/stored.ts';
import { checkApiUrl, checkOrigin } from './origin.ts';
import type { Account } from './session.ts';

export interface Grants {
  /** The grant that holds now. */
  current(origin: string): SiteRow | undefined;
  /** The grant that holds now, else `denied`. */
  require(origin: string): SiteRow;
  list(): SiteRow[];
  /** Makes or changes a grant; what is not given stays as it was. */
  put(params: GrantParams): Promise<SiteRow>;
  account(origin: string): Promise<Account>;
  touch(origin: string): void;
  /** Takes the grant and its secrets away. */
  revoke(origin: string): Promise<void>;
}

export interface GrantsDeps {
  sites: SiteStore;
  secrets: Secrets;
  catalogue: Catalogue;
  clock: Clock;
}

/** Writing `last used` more often than this tells nobody more. */
const TOUCH_MS = 60_000;

export function createGrants({ sites, secrets, catalogue, clock }: GrantsDeps): Grants {
  function current(origin: string): SiteRow | undefined {
    const row = sites.get(origin);
    return row && (row.expiresAt === null || row.expiresAt > clock.now()) ? row : undefined;
  }

  async function put(params: GrantParams): Promise<SiteRow> {
    const { origin, impliesLan, needsLan } = checkOrigin(params.origin);
    const before = sites.get(origin);
    const row: SiteRow = {
      ...(before ?? fresh(origin, clock.now())),
      ...given(params, ['reach', 'stun', 'download', 'quota', 'expiresAt', 'username']),
      lan: impliesLan || (params.lan ?? before?.lan ?? false),
      url: checkApiUrl(origin, params.url ?? before?.url),
    };
    if (needsLan && !row.lan) throw lanNeeded(origin);
    await putSecrets(row, before, params);
    // An account belongs to the URL that it was given for.
    if (before && before.url !== row.url && params.username === undefined) row.username = null;
    sites.put(row);
    if (params.folders) catalogue.setFoldersOfSite(origin, params.folders);
    return row;
  }

  async function putSecrets(row: SiteRow, before: SiteRow | undefined, params: GrantParams): Promise<void> {
    if (before && before.url !== row.url) await forgetSecrets(row.origin);
    if (params.password !== undefined) await secrets.set(passwordOf(row.origin), params.password);
    if (params.token !== undefined) await secrets.set(tokenOf(row.origin), params.token);
  }

  async function forgetSecrets(origin: string): Promise<void> {
    await Promise.all([secrets.remove(passwordOf(origin)), secrets.remove(tokenOf(origin))]);
  }

  return {
    current,
    list: () => sites.list(),
    put,
    require(origin) {
      const row = current(origin);
      if (row) return row;
      throw new LsdError('denied', `${origin} has no grant. The person gives one in the extension's window.`, {
        userAction: 'grant',
      });
    },
    async account(origin) {
      const username = sites.get(origin)?.username ?? undefined;
      const [password, token] = await Promise.all([secrets.get(passwordOf(origin)), secrets.get(tokenOf(origin))]);
      return { username, password, token };
    },
    touch(origin) {
      const row = sites.get(origin);
      if (row && clock.now() - (row.lastUsedAt ?? 0) > TOUCH_MS) sites.put({ ...row, lastUsedAt: clock.now() });
    },
    async revoke(origin) {
      catalogue.setFoldersOfSite(origin, []);
      sites.remove(origin);
      await forgetSecrets(origin);
    },
  };
}

const passwordOf = (origin: string) => `password ${origin}`;
const tokenOf = (origin: string) => `token ${origin}`;

function fresh(origin: string, addedAt: number): SiteRow {
  return {
    origin,
    url: checkApiUrl(origin, undefined),
    reach: 'site',
    lan: false,
    stun: false,
    download: true,
    quota: null,
    expiresAt: null,
    addedAt,
    lastUsedAt: null,
    username: null,
  };
}

function given<T extends object, K extends keyof T>(from: T, keys: K[]): { [P in K]?: Exclude<T[P], undefined> } {
  const entries = keys.filter(key => from[key] !== undefined).map(key => [key, from[key]]);
  return Object.fromEntries(entries);
}

function lanNeeded(origin: string): LsdError {
  return new LsdError(
    'denied',
    `${origin} is plain http or lies in a local network: a grant for it needs the local-network tick (--lan).`,
    { params: { origin } },
  );
}
