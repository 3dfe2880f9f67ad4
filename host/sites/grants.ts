/** Who has a grant, and what it allows: kept in the store, its password and token in the secrets, the browser's cookies in memory. */

import type { SessionCookie } from '../../shared/cookies.ts';
import { LsdError } from '../../shared/errors.ts';
import type { GrantParams } from '../../shared/site-methods.ts';
import type { Clock, Log, Secrets } from '../core/ports.ts';
import type { Catalogue, SiteRow, SiteStore } from '../core/stored.ts';
import { checkApiUrl, checkOrigin } from './origin.ts';
import type { Account } from './session.ts';

export interface Grants {
  /** The grant that holds now. */
  current(origin: string): SiteRow | undefined;
  /** The grant that holds now, else `denied`. */
  require(origin: string): SiteRow;
  list(): SiteRow[];
  /** Makes or changes a grant; what is not given stays as it was. `denied` where it was revoked meanwhile. */
  put(params: GrantParams): Promise<SiteRow>;
  account(origin: string): Promise<Account>;
  /** Takes over the browser's session where the person agreed to it, and says whether it is another than before. */
  handOver(origin: string, url: string, cookies: SessionCookie[]): 'refused' | 'same' | 'another';
  /** It was used just now. Where that cannot be written down, it is not. */
  touch(origin: string): void;
  /** The grant is gone when this returns, its secrets when the promise resolves. */
  revoke(origin: string): Promise<void>;
}

export interface GrantsDeps {
  sites: SiteStore;
  secrets: Secrets;
  catalogue: Catalogue;
  clock: Clock;
  log: Log;
}

/** Writing `last used` more often than this tells nobody more. */
const TOUCH_MS = 60_000;

export function createGrants({ sites, secrets, catalogue, clock, log }: GrantsDeps): Grants {
  /** the browser's sessions; they are never written down */
  const sessions = new Map<string, SessionCookie[]>();

  function current(origin: string): SiteRow | undefined {
    const row = sites.get(origin);
    return row && (row.expiresAt === null || row.expiresAt > clock.now()) ? row : undefined;
  }

  /** secrets take their time: what changes those of one site goes one after the other */
  const queues = new Map<string, Promise<unknown>>();
  /** how often each site was revoked */
  const revocations = new Map<string, number>();

  function queued<T>(origin: string, work: () => Promise<T>): Promise<T> {
    const result = (queues.get(origin) ?? Promise.resolve()).then(work);
    const settled = result.catch(() => {});
    queues.set(origin, settled);
    void settled.then(() => {
      if (queues.get(origin) === settled) queues.delete(origin);
    });
    return result;
  }

  async function put(asked: GrantParams): Promise<SiteRow> {
    const { origin } = checkOrigin(asked.origin);
    const params = { ...asked, origin };
    const revoked = revocations.get(origin);
    const wasRevoked = () => revocations.get(origin) !== revoked;
    const before = sites.get(origin);
    const row = changed(before, params);
    const sameAccount = before?.url === row.url && params.password === undefined && params.token === undefined;
    if (sameAccount) return write(params);
    return queued(origin, async () => {
      if (wasRevoked()) throw noGrant(origin);
      const had = await secretsOf(origin);
      try {
        await putSecrets(params);
        // Revoked while the secrets were written: they are forgotten again by the revocation, which waits in the queue.
        if (wasRevoked()) throw noGrant(origin);
        return write(params);
      } catch (thrown) {
        if (had && !wasRevoked()) await putBack(had);
        throw thrown;
      }
    });
  }

  /** The row as it is to be. Throws where the origin, its URL or the network it lies in allow no grant. */
  function changed(before: SiteRow | undefined, params: GrantParams): SiteRow {
    const { origin, impliesLan, needsLan } = checkOrigin(params.origin);
    const row: SiteRow = {
      ...(before ?? fresh(origin, clock.now())),
      ...given(params, ['reach', 'stun', 'download', 'quota', 'expiresAt', 'username']),
      lan: impliesLan || (params.lan ?? before?.lan ?? false),
      url: checkApiUrl(origin, params.url ?? before?.url),
    };
    if (needsLan && !row.lan) throw lanNeeded(origin);
    // An account belongs to the URL that it was given for.
    if (before && before.url !== row.url && params.username === undefined) row.username = null;
    if (params.cookies !== undefined) row.cookies = params.cookies?.map(({ name }) => name) ?? null;
    else if (before?.url !== row.url) row.cookies = null;
    return row;
  }

  /** What is given goes into the row as it is now: others may have changed it while secrets were written. */
  function write(params: GrantParams): SiteRow {
    const row = changed(sites.get(params.origin), params);
    catalogue.batch(() => {
      sites.put(row);
      if (params.folders) catalogue.setFoldersOfSite(row.origin, params.folders);
    });
    if (params.cookies) sessions.set(row.origin, params.cookies);
    else if (row.cookies === null) sessions.delete(row.origin);
    return row;
  }

  async function putSecrets(params: GrantParams): Promise<void> {
    const { origin } = params;
    const before = sites.get(origin);
    // A revocation that was cut short may have left some.
    if (before?.url !== changed(before, params).url) await forgetSecrets(origin);
    if (params.password !== undefined) await secrets.set(passwordOf(origin), params.password);
    if (params.token !== undefined) await secrets.set(tokenOf(origin), params.token);
  }

  /** By their names; undefined where they cannot be read now. */
  async function secretsOf(origin: string): Promise<[string, string | undefined][] | undefined> {
    const names = [passwordOf(origin), tokenOf(origin)];
    try {
      return await Promise.all(
        names.map(async (name): Promise<[string, string | undefined]> => [name, await secrets.get(name)]),
      );
    } catch (error) {
      log.debug('secrets cannot be read', { origin, error });
      return undefined;
    }
  }

  /** A change that was refused (a full disk) leaves the account whole: no password of one beside the name of another. */
  async function putBack(had: [string, string | undefined][]): Promise<void> {
    for (const [name, value] of had) {
      try {
        if ((await secrets.get(name)) === value) continue;
        await (value === undefined ? secrets.remove(name) : secrets.set(name, value));
      } catch (error) {
        log.error('a secret cannot be put back', { error });
      }
    }
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
      throw noGrant(origin);
    },
    async account(origin) {
      const username = sites.get(origin)?.username ?? undefined;
      const [password, token] = await Promise.all([secrets.get(passwordOf(origin)), secrets.get(tokenOf(origin))]);
      return { username, password, token, cookies: sessions.get(origin) };
    },
    handOver(origin, url, cookies) {
      const row = current(origin);
      if (!row?.cookies || row.url !== url) return 'refused';
      const agreed = cookies.filter(({ name }) => row.cookies?.includes(name));
      if (JSON.stringify(agreed) === JSON.stringify(sessions.get(origin) ?? [])) return 'same';
      sessions.set(origin, agreed);
      return 'another';
    },
    touch(origin) {
      const row = sites.get(origin);
      if (!row || clock.now() - (row.lastUsedAt ?? 0) <= TOUCH_MS) return;
      try {
        sites.put({ ...row, lastUsedAt: clock.now() });
      } catch (error) {
        log.warn('the last use cannot be written down', { origin, error });
      }
    },
    async revoke(origin) {
      revocations.set(origin, (revocations.get(origin) ?? 0) + 1);
      catalogue.batch(() => {
        catalogue.setFoldersOfSite(origin, []);
        sites.remove(origin);
        sites.forgetOwnCopies(origin);
      });
      sessions.delete(origin);
      await queued(origin, () => forgetSecrets(origin));
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
    cookies: null,
  };
}

function given<T extends object, K extends keyof T>(from: T, keys: K[]): { [P in K]?: Exclude<T[P], undefined> } {
  const entries = keys.filter(key => from[key] !== undefined).map(key => [key, from[key]]);
  return Object.fromEntries(entries);
}

function noGrant(origin: string): LsdError {
  return new LsdError('denied', `${origin} has no grant. The person gives one in the extension's window.`, {
    userAction: 'grant',
  });
}

function lanNeeded(origin: string): LsdError {
  return new LsdError(
    'denied',
    `${origin} is plain http or lies in a local network: a grant for it needs the local-network tick (--lan).`,
    { params: { origin } },
  );
}
