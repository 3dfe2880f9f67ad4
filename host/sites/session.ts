/** One account at one site: cookies in memory, the browser's among them, a token, signing in before the first call and once more when refused. */

import type { CookieJar } from 'tough-cookie';
import type { SessionCookie } from '../../shared/cookies.ts';
import { LsdError } from '../../shared/errors.ts';
import type { Net } from '../platform/net.ts';
import { PLAIN_SITE, parseAbout, parseSignin, type SiteAbout } from './replies.ts';
import { callSite, type SiteApiDeps, type SiteCall, SiteStatus, type TakenIds } from './site-api.ts';

const MAX_COOKIES = 50;

export interface Account {
  username?: string | undefined;
  password?: string | undefined;
  token?: string | undefined;
  /** of the browser's session, where the person agreed to it */
  cookies?: readonly SessionCookie[] | undefined;
}

export interface CallOptions {
  /** seconds that the site may hold the reply */
  wait?: number;
  take?: TakenIds;
  signal?: AbortSignal;
}

export interface Session {
  /** What the site said of itself; a plain site until `describe` was called. */
  readonly about: SiteAbout;
  /** The last call that needed the account went through. */
  readonly signedIn: boolean;
  /**
   * Asks the site what it can do (`api`). A site that does not know the action is a plain one; undefined where it failed
   * over the question (500), which some do over an unknown action: what was known before holds.
   */
  describe(signal?: AbortSignal): Promise<SiteAbout | undefined>;
  call(action: SiteCall['action'], data: object, options?: CallOptions): Promise<unknown>;
}

export interface SessionDeps {
  origin: string;
  url: string;
  lan: boolean;
  net: Pick<Net, 'checkedFetch'>;
  account: () => Promise<Account>;
}

/** Lives as long as the site's configuration: another password is another session. */
export function createSession(deps: SessionDeps): Session {
  const { origin, url, lan, net } = deps;
  const api = { url, lan, net, cookies: createCookies() };
  let about = PLAIN_SITE;
  let account: Promise<Account> | undefined;
  /** the sign-in that counts, and its number; a refused call makes the next one */
  let signin: Promise<void> | undefined;
  let signins = 0;
  let signedIn = false;
  /** set once the site refused for good: nothing is sent until the configuration changes */
  let refused: LsdError | undefined;

  /** What the browser brought is there before the first call. */
  async function readAccount(): Promise<Account> {
    const read = await deps.account();
    await api.cookies.seed(url, read.cookies ?? []);
    return read;
  }

  /** What failed (a keyring that is locked) is asked for again by the next call. */
  function credentials(): Promise<Account> {
    account ??= readAccount().catch((thrown: unknown) => {
      account = undefined;
      throw thrown;
    });
    return account;
  }

  async function send(action: SiteCall['action'], data: object, options: CallOptions): Promise<unknown> {
    const { token } = await credentials();
    return callSite(api, { action, data, json: about.json, token, ...options });
  }

  /** The number of the sign-in that holds now; undefined where there is nothing to sign in with. */
  async function ensureSignedIn(): Promise<number | undefined> {
    const { username, password } = await credentials();
    if (username === undefined || password === undefined) return undefined;
    if (!signin) {
      signins++;
      signin = signIn(username, password);
    }
    const used = signins;
    await signin;
    return used;
  }

  async function signIn(username: string, password: string): Promise<void> {
    try {
      parseSignin(await send('signin', { username, password }, {}));
    } catch (thrown) {
      // Only the site's own no is final; a server that fails is asked again by the next call.
      signin = undefined;
      if (thrown instanceof SiteStatus && thrown.code < 500) throw refuse(thrown);
      if (thrown instanceof LsdError && thrown.code === 'signin-failed') throw refuse(thrown);
      throw translate(thrown, origin, 'signin');
    }
  }

  function refuse(why: Error): LsdError {
    signedIn = false;
    refused = new LsdError(
      'signin-failed',
      `${origin} refused the account (${why.message}). Correct the name, password or token in its settings.`,
      { userAction: 'sign-in', params: { origin }, cause: why },
    );
    return refused;
  }

  async function call(action: SiteCall['action'], data: object, options: CallOptions = {}): Promise<unknown> {
    if (refused) throw refused;
    const used = await ensureSignedIn();
    try {
      return succeeded(await send(action, data, options));
    } catch (thrown) {
      if (!isRefusal(thrown)) throw translate(thrown, origin, action);
      return signInAgain(action, data, options, used, thrown);
    }
  }

  /** After a 401 or 403: once. Calls that were refused together share the one sign-in. */
  async function signInAgain(
    action: SiteCall['action'],
    data: object,
    options: CallOptions,
    used: number | undefined,
    first: Error,
  ): Promise<unknown> {
    if (used === undefined) throw await withoutPassword(first);
    if (signins === used) signin = undefined;
    await ensureSignedIn();
    try {
      return succeeded(await send(action, data, options));
    } catch (thrown) {
      throw isRefusal(thrown) ? refuse(thrown) : translate(thrown, origin, action);
    }
  }

  async function withoutPassword(why: Error): Promise<LsdError> {
    const { token } = await credentials();
    if (token !== undefined) return refuse(why);
    return new LsdError(
      'not-configured',
      `${origin} wants to know who you are: sign in there, or set an account for it.`,
      {
        userAction: 'sign-in',
        params: { origin },
      },
    );
  }

  function succeeded(data: unknown): unknown {
    signedIn = true;
    return data;
  }

  return {
    get about() {
      return about;
    },
    get signedIn() {
      return signedIn;
    },
    call,
    async describe(signal) {
      try {
        const data = await call('api', { docs: true }, signal && { signal });
        about = parseAbout(data, { lan });
      } catch (thrown) {
        const code = statusOf(thrown);
        if (code === undefined) throw thrown;
        if (code >= 500) return undefined;
        about = PLAIN_SITE;
      }
      return about;
    },
  };
}

/** The site's own status behind an error; undefined where it gave none. */
function statusOf(thrown: unknown): number | undefined {
  return thrown instanceof LsdError && thrown.code === 'site-error' && thrown.cause instanceof SiteStatus
    ? thrown.cause.code
    : undefined;
}

function isRefusal(thrown: unknown): thrown is SiteStatus {
  return thrown instanceof SiteStatus && (thrown.code === 401 || thrown.code === 403);
}

function translate(thrown: unknown, origin: string, action: string): unknown {
  if (!(thrown instanceof SiteStatus)) return thrown;
  if (thrown.code === 429) {
    return new LsdError('rate-limited', `${origin} wants to be called less often. It is tried again later.`, {
      params: { origin, action },
      cause: thrown,
    });
  }
  return new LsdError('site-error', `${origin} refused "${action}": ${thrown.message} (${thrown.code}).`, {
    params: { origin, action, status: thrown.code },
    cause: thrown,
  });
}

type Cookies = SiteApiDeps['cookies'] & {
  /** what the site itself sets later comes in the place of what has its name */
  seed(url: string, cookies: readonly SessionCookie[]): Promise<void>;
};

/** The jar, with its list of public suffixes, is loaded for the first cookie of a site. */
export function createCookies(): Cookies {
  let jar: Promise<CookieJar> | undefined;
  const loaded = async () => new (await import('tough-cookie')).CookieJar();
  return {
    async seed(url, cookies) {
      if (cookies.length === 0) return;
      const { Cookie } = await import('tough-cookie');
      jar ??= loaded();
      const secure = url.startsWith('https:');
      for (const { name, value } of cookies) {
        await (await jar).setCookie(new Cookie({ key: name, value, path: '/', secure, httpOnly: true }), url);
      }
    },
    async headersFor(url) {
      const cookie = await (await jar)?.getCookieString(url.href);
      return cookie ? { cookie } : {};
    },
    async onResponse(url, response) {
      for (const cookie of response.headers.getSetCookie()) {
        jar ??= loaded();
        const kept = await jar;
        if ((await kept.getCookies(url.href, { allPaths: true })).length >= MAX_COOKIES) return;
        await kept.setCookie(cookie, url.href, { ignoreError: true });
      }
    },
  };
}
