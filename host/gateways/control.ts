/** The control interface: what extension and command line may call, each method a few lines over the rooms' ports. */

import type { Channel } from '../../shared/channel.ts';
import type { DaemonStatus } from '../../shared/daemon-methods.ts';
import { LsdError } from '../../shared/errors.ts';
import { type Id, parseId, parseInfoHash } from '../../shared/id.ts';
import type { PageMethod, PageMethods } from '../../shared/page-methods.ts';
import {
  type LinkMethods,
  type Method,
  type Params,
  PROTOCOL,
  type Result,
  type UserMethods,
  VERSION,
} from '../../shared/protocol.ts';
import { methodSchemas, pageSchemas, parse } from '../../shared/schema.ts';
import type { Events } from '../core/events.ts';
import type { Capabilities, Library, Log, Sites } from '../core/ports.ts';
import type { Blocklist } from '../core/preferences.ts';
import type { Catalogue } from '../core/stored.ts';
import type { Readers } from '../http/capability.ts';
import { faultOf } from '../platform/faults.ts';
import { type BrowseDeps, browseHandlers } from './control-browse.ts';
import { type Audience, pushEvents } from './control-events.ts';
import { grantHandlers } from './control-grants.ts';
import { type HashTableDeps, lbryHandlers } from './control-lbry.ts';
import { type LimitDeps, limitHandlers, originOf } from './control-limits.ts';
import { fitted } from './fit.ts';

export interface ControlDeps extends LimitDeps, HashTableDeps, Pick<BrowseDeps, 'files' | 'history' | 'reveal'> {
  library: Library;
  catalogue: Catalogue;
  sites: Sites;
  blocklist: Blocklist;
  capabilities: Capabilities;
  readers: Readers;
  events: Events;
  log: Log;
  /** the port of /get */
  httpPort: () => number;
  status: () => Promise<DaemonStatus>;
  nat: { isOn(): boolean; set(on: boolean): void };
  /** ends the daemon once the reply is out */
  stop: () => void;
}

export type Handlers<T extends { [M in keyof T]: { params: unknown; result: unknown } }> = {
  [M in keyof T]: (params: T[M]['params']) => T[M]['result'] | Promise<T[M]['result']>;
};

/** Serves one connection until `closed`. */
export function serveControl(channel: Channel, closed: AbortSignal, deps: ControlDeps): void {
  const audience: Audience = { origins: new Set(), user: false };
  const handlers = { ...linkHandlers(deps, audience, channel, closed), ...userHandlers(deps, audience, closed) };
  let greeted = false;
  // A connector of another version asks these two of a daemon that it may not understand otherwise: it hands over.
  const ungreeted = new Set<Method>(['hello', 'daemon.status', 'daemon.stop']);
  for (const method of Object.keys(handlers) as Method[]) {
    channel.handle(method, async params => {
      if (!greeted && !ungreeted.has(method)) throw new LsdError('protocol-mismatch', 'Say hello first.');
      const result = await invoke(handlers, method, params).catch(thrown => {
        const known = faultOf(thrown);
        // What was not foreseen goes into the log, not onto the wire.
        if (!known) deps.log.error('a call failed', { method, error: thrown });
        throw known ?? thrown;
      });
      if (method === 'hello') greeted = true;
      return audience.user ? fitted(result) : result;
    });
  }
  closed.addEventListener('abort', () => deps.readers.drop(channel), { once: true });
}

/** Checks the parameters against the method's schema, and calls it. */
async function invoke<M extends Method>(
  handlers: Handlers<LinkMethods & UserMethods>,
  method: M,
  params: unknown,
): Promise<Result<M>> {
  const checked = parse<Params<M>>(methodSchemas[method], params ?? {}, method);
  const handler = handlers[method] as (params: Params<M>) => Result<M> | Promise<Result<M>>;
  return handler(checked);
}

function linkHandlers(
  deps: ControlDeps,
  audience: Audience,
  channel: Channel,
  closed: AbortSignal,
): Handlers<LinkMethods> {
  return {
    hello({ role, protocol }) {
      const version = Math.min(protocol.max, PROTOCOL.max);
      if (version < Math.max(protocol.min, PROTOCOL.min)) throw mismatch(role, protocol);
      if (role === 'extension') {
        audience.user = true;
        pushEvents(channel, closed, audience, deps);
      }
      return { version: VERSION, protocol: version, http: deps.httpPort() };
    },
    async page({ origin, method, params }) {
      const result = await callPage(deps, closed, origin, method, params);
      audience.origins.add(origin);
      return result;
    },
    reader({ origin }) {
      if (!deps.sites.granted(origin)) return null;
      return { header: deps.readers.issue(channel, origin), port: deps.httpPort() };
    },
    cookies: ({ origin, url, cookies }) => ({ used: deps.sites.handOver(origin, url, cookies) }),
  };
}

function mismatch(role: 'extension' | 'cli', theirs: { min: number; max: number }): LsdError {
  const older = theirs.max < PROTOCOL.min ? role : 'daemon';
  const name = { extension: 'extension', cli: 'command line', daemon: 'daemon' }[older];
  return new LsdError(
    'protocol-mismatch',
    `The ${name} is too old for the other side (they speak versions ${theirs.min} to ${theirs.max} and ${PROTOCOL.min} to ${PROTOCOL.max}). Update it.`,
    { userAction: 'update', params: { older } },
  );
}

function callPage(
  deps: ControlDeps,
  closed: AbortSignal,
  origin: string,
  method: PageMethod,
  params: unknown,
): unknown {
  const { sites, capabilities } = deps;
  const handlers: Handlers<PageMethods> = {
    config: params => sites.config(origin, params),
    sync: () => sites.sync(origin, { prune: false }, closed),
    addRequests: ({ ids }) => sites.addRequests(origin, ids),
    removeRequests: ({ ids }) => sites.removeRequests(origin, ids),
    status: ({ id }) => (id ? withUrl(sites.item(origin, id), origin, capabilities) : sites.status(origin)),
    seedRequests: () => sites.seedRequests(origin),
    setFolder: () => folderCount(deps, origin),
    url({ id }) {
      if (!sites.granted(origin)) throw denied(origin);
      return { url: capabilities.url(origin, id) };
    },
  };
  return run(handlers, method, params);
}

function run<M extends PageMethod>(handlers: Handlers<PageMethods>, method: M, params: unknown): unknown {
  const handler = handlers[method] as (params: PageMethods[M]['params']) => unknown;
  return handler(parse<PageMethods[M]['params']>(pageSchemas[method], params ?? {}, method));
}

function withUrl<T extends { id: Id; state: string }>(item: T, origin: string, capabilities: Capabilities): T {
  return item.state === 'unknown' ? item : { ...item, url: capabilities.url(origin, item.id) };
}

function folderCount({ sites, catalogue }: ControlDeps, origin: string): { folders: number } {
  if (!sites.granted(origin)) throw denied(origin);
  return { folders: catalogue.foldersOfSite(origin).length };
}

function denied(origin: string): LsdError {
  return new LsdError('denied', `${origin} has no grant. The person gives one in the extension's window.`, {
    userAction: 'grant',
  });
}

function configured(hash: string): LsdError {
  return new LsdError('invalid', `${hash} stands in "block" of config.json. Take it out there.`);
}

function userHandlers(deps: ControlDeps, audience: Audience, closed: AbortSignal): Handlers<UserMethods> {
  const { library, sites, torrents, nat, blocklist, capabilities } = deps;
  /** the sites that a call without a site means */
  const targets = (origin: string | undefined) => {
    const all = sites.list().map(site => site.origin);
    if (origin === undefined) return all;
    const one = originOf(origin);
    if (!all.includes(one))
      throw new LsdError('not-found', `${one} has no grant. "letsshare site add ${one}" gives one.`);
    return [one];
  };
  const onlyTarget = (origin: string | undefined) => {
    const found = targets(origin);
    if (found.length === 1) return found[0]!;
    if (found.length === 0)
      throw new LsdError('not-configured', 'No site has a grant. "letsshare site add ORIGIN" gives one.');
    throw new LsdError('invalid', `Several sites have a grant: say which with --site (${found.join(', ')}).`);
  };
  return {
    'daemon.status': () => deps.status(),
    'daemon.stop'({ reason = 'handover' }) {
      deps.events.emit('daemon.ending', { reason });
      deps.stop();
      return {};
    },
    'daemon.nat'({ on }) {
      if (on !== undefined) nat.set(on);
      return { on: nat.isOn(), reachable: torrents.reachability() };
    },
    ...limitHandlers(deps),
    ...browseHandlers(deps),
    ...grantHandlers(deps, audience, closed),
    ...lbryHandlers(deps, closed),

    'folder.add': ({ path, sites, ...options }) =>
      library.add(path, { ...options, ...(sites && { sites: sites.map(originOf) }) }),
    'folder.list': () => library.list(),
    async 'folder.remove'({ path }) {
      await library.remove(path);
      return {};
    },
    'folder.confirm': ({ path }) => library.confirm(path),
    'folder.wait': ({ path }) => library.settled(path, closed),

    'site.preview': ({ origin, url }) => sites.preview(origin, url),
    'site.grant': params => sites.grant(params),
    'site.list': () => sites.list(),
    async 'site.remove'({ origin, erase = false, forget = false }) {
      const forgotten = await sites.remove(origin, { erase, ...(forget && { forget: closed }) });
      deps.control.forget(originOf(origin));
      return forgotten ? { forgotten } : {};
    },
    'site.check': ({ url, ...account }) => sites.check(url, account),
    'site.sync': ({ origin, prune }) =>
      Promise.all(
        targets(origin).map(async one => ({
          origin: one,
          ...(await sites.sync(one, { prune: prune ?? false }, closed)),
        })),
      ),
    'site.plan': ({ origin }) => Promise.all(targets(origin).map(one => sites.plan(one))),
    async 'site.seed'({ origin }) {
      const polled = await Promise.all(targets(origin).map(one => sites.seedRequests(one)));
      return { ids: [...new Set(polled.flatMap(({ ids }) => ids))] };
    },

    'request.add': ({ ids, site }) => sites.addRequests(onlyTarget(site), ids),
    'request.remove': ({ ids, site }) => sites.removeRequests(onlyTarget(site), ids),
    'item.status': ({ id }) => sites.itemForUser(id),
    'item.url'({ id }) {
      if (sites.itemForUser(id).state === 'unknown') {
        throw new LsdError(
          'not-found',
          `${id} is neither held nor requested here. "letsshare request ${id}" asks a site for it.`,
        );
      }
      return { url: capabilities.url(null, id) };
    },
    'item.block'({ hash, blocked }) {
      const known = parseId(hash) ?? parseInfoHash(hash);
      if (!known) throw new LsdError('invalid', `"${hash}" is neither an id nor an info hash (40 hexadecimal digits).`);
      if (!blocked && blocklist.isConfigured(known)) throw configured(known);
      if (blocked) blocklist.add(known);
      else blocklist.remove(known);
      return {};
    },
    'item.blocked': () => blocklist.list(),
    'download.list': () => sites.downloads(),
    async 'download.remove'({ id }) {
      await sites.removeDownload(id);
      return {};
    },
  };
}
