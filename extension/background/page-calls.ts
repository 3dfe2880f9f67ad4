/** What happens to one call of a page: checked, handed to the daemon, and asked about where a grant is missing. */

import { LsdError } from '../../shared/errors.ts';
import type { LinkStatus, PageMethod, PageMethods } from '../../shared/page-methods.ts';
import { VERSION } from '../../shared/protocol.ts';
import { pageSchemas, parse } from '../../shared/schema.ts';
import type { Question } from '../ui-protocol.ts';
import type { PageFault } from './faults.ts';
import type { Grants } from './grants.ts';
import type { Link } from './link.ts';
import type { Questions } from './questions.ts';

/** One call, with what the browser says of the caller. */
export interface PageCaller {
  origin: string;
  tabId: number;
  active: boolean;
  /** Unix ms of the call */
  at: number;
  /** the content script's call, not the page's */
  own: boolean;
}

export interface PageCalls {
  /** `params` are whatever the page sent */
  run(caller: PageCaller, method: string, params: unknown): Promise<unknown>;
}

export interface PageCallsDeps {
  link: Pick<Link, 'call'>;
  grants: Pick<Grants, 'has' | 'ready' | 'refresh'>;
  questions: Pick<Questions, 'ask' | 'isDenied'>;
  /** the daemon is to know the browser's session at the site, where the person agreed to it */
  handOver(origin: string): Promise<void>;
  /** answers what the content script asks by itself; undefined where it has no such call */
  playCall(caller: PageCaller, method: string, params: unknown): Promise<unknown> | undefined;
}

/** Calls that may open the grant window. */
const ASKING = new Set<string>(['config', 'sync', 'addRequests', 'setFolder'] satisfies Question['wants'][]);
const FAULTS = new Set<string>([
  'host-missing',
  'host-forbidden',
  'host-exited',
  'protocol-mismatch',
] satisfies PageFault[]);

export function createPageCalls(deps: PageCallsDeps): PageCalls {
  /** the same call of the same origin, while the person is being asked, is the same call */
  const asked = new Map<string, Promise<unknown>>();

  async function run(caller: PageCaller, method: string, params: unknown): Promise<unknown> {
    if (method === 'permission') return { site: await sitePermission(caller.origin) };
    const own = caller.own ? deps.playCall(caller, method, params) : undefined;
    if (own) return own;
    if (!isPageMethod(method)) throw new LsdError('invalid', `window.lsd has no method "${method}".`);
    const checked = ownUrl(caller.origin, check(method, params));
    if (method === 'setFolder')
      return withAnswer(caller, method, checked, () => chooseFolders(caller, method, checked));
    try {
      return await call(caller, method, checked);
    } catch (thrown) {
      return recover(caller, method, checked, LsdError.from(thrown));
    }
  }

  async function call(caller: PageCaller, method: PageMethod, params: unknown): Promise<unknown> {
    if (isAsking(method)) await deps.handOver(caller.origin);
    return deps.link.call('page', { origin: caller.origin, method, params });
  }

  /** A missing grant is asked for, and told by `status`; nothing else is. */
  function recover(caller: PageCaller, method: PageMethod, params: unknown, error: LsdError): Promise<unknown> {
    const noGrant = error.code === 'denied' && error.userAction === 'grant';
    if (method === 'status' && isEmpty(params)) {
      if (noGrant) return Promise.resolve(linkStatus('no-grant'));
      if (isFault(error.code)) return Promise.resolve(linkStatus(error.code));
    }
    if (!noGrant || !isAsking(method)) throw error;
    return withAnswer(caller, method, params, () => askAndRepeat(caller, method, params));
  }

  function withAnswer(caller: PageCaller, method: string, params: unknown, start: () => Promise<unknown>) {
    const key = JSON.stringify([caller.origin, method, params]);
    const pending = asked.get(key);
    if (pending) return pending;
    const answer = start().finally(() => asked.delete(key));
    asked.set(key, answer);
    return answer;
  }

  async function askAndRepeat(caller: PageCaller, method: Question['wants'], params: unknown): Promise<unknown> {
    await question(caller, method, params);
    return call(caller, method, params);
  }

  /** The person chooses in the extension's window, whether there is a grant or not. */
  async function chooseFolders(caller: PageCaller, method: 'setFolder', params: unknown): Promise<unknown> {
    // Without a daemon there is nothing to choose from: that is told before a window opens.
    await deps.link.call('site.preview', { origin: caller.origin });
    return askAndRepeat(caller, method, params);
  }

  async function question(caller: PageCaller, wants: Question['wants'], params: unknown): Promise<void> {
    const url = urlOf(params);
    const allowed = await deps.questions.ask({
      origin: caller.origin,
      active: caller.active,
      at: caller.at,
      wants,
      ...(url !== undefined && { url }),
    });
    if (!allowed) throw new LsdError('denied', 'The visitor did not allow this site to use Lets Share Data.');
    await deps.grants.refresh();
  }

  async function sitePermission(origin: string): Promise<'granted' | 'denied' | 'prompt'> {
    await deps.grants.ready;
    if (deps.grants.has(origin)) return 'granted';
    return (await deps.questions.isDenied(origin)) ? 'denied' : 'prompt';
  }

  return { run };
}

function check<M extends PageMethod>(method: M, params: unknown): PageMethods[M]['params'] {
  return parse<PageMethods[M]['params']>(pageSchemas[method], params, `lsd.${method}`);
}

/** A `url` made absolute; another origin's is refused here, before the person is asked about it. */
function ownUrl<T extends object>(origin: string, params: T): T {
  const url = urlOf(params);
  if (url === undefined) return params;
  const full = URL.canParse(url, origin) ? new URL(url, origin) : undefined;
  if (full?.origin !== origin || full.username || full.password) {
    throw new LsdError('invalid', `lsd.config: "url" has to lie on the page's own origin, ${origin}.`);
  }
  return { ...params, url: full.href };
}

function linkStatus(state: LinkStatus['state']): LinkStatus {
  return { version: VERSION, state };
}

function isPageMethod(method: string): method is PageMethod {
  return Object.hasOwn(pageSchemas, method);
}

function isAsking(method: string): method is Question['wants'] {
  return ASKING.has(method);
}

function isFault(code: string): code is PageFault {
  return FAULTS.has(code);
}

function isEmpty(params: unknown): boolean {
  return typeof params === 'object' && params !== null && Object.keys(params).length === 0;
}

function urlOf(params: unknown): string | undefined {
  if (typeof params !== 'object' || params === null || !('url' in params)) return undefined;
  return typeof params.url === 'string' ? params.url : undefined;
}
