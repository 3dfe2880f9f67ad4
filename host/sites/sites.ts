/** The sites that have a grant: what they may see, what they are told, what they ask for. Composes the parts of this room. */

import { rm } from 'node:fs/promises';
import { LsdError } from '../../shared/errors.ts';
import type { Id } from '../../shared/id.ts';
import type {
  ConfigParams,
  ConfigResult,
  DownloadInfo,
  GrantParams,
  GrantPreview,
  SiteInfo,
} from '../../shared/protocol.ts';
import type { Events } from '../core/events.ts';
import type {
  Blocklist,
  Capabilities,
  Catalogue,
  Clock,
  Library,
  Log,
  RequestStore,
  Secrets,
  Settings,
  SiteRow,
  SiteStore,
  Sites,
  Torrents,
} from '../core/ports.ts';
import type { Net } from '../platform/net.ts';
import { checkSite } from './check.ts';
import { createDownloads } from './downloads.ts';
import { createGrants } from './grants.ts';
import { syncOnChanges } from './library-events.ts';
import { createLinks } from './links.ts';
import { checkApiUrl, checkOrigin } from './origin.ts';
import { createPoller, type Poller } from './poll.ts';
import { createRequests } from './requests.ts';
import { createShared } from './shared.ts';
import { createStatus } from './status.ts';
import { describeIds, previewSync, runSync } from './sync.ts';
import { createSyncs } from './syncs.ts';
import { systemTimers, type Timers } from './timers.ts';
import { createWanted } from './wanted.ts';

export interface SitesDeps {
  catalogue: Catalogue;
  sites: SiteStore;
  requests: RequestStore;
  settings: Settings;
  secrets: Secrets;
  blocklist: Blocklist;
  torrents: Torrents;
  library: Library;
  events: Events;
  net: Net;
  log: Log;
  clock: Clock;
  capabilities: Capabilities;
  options: { pollSeconds: number | null; userTrackers: string[] };
  timers?: Timers;
}

/** A grant is shown at once; what the site says of itself is waited for so long. */
const FIRST_ANSWER_MS = 5_000;

export function createSites(deps: SitesDeps): Sites {
  const { catalogue, sites: store, requests: requestStore, torrents, library, events, net, log, clock } = deps;
  const timers = deps.timers ?? systemTimers;
  const closed = new AbortController();
  const pollers = new Map<string, Poller>();

  const grants = createGrants({ sites: store, secrets: deps.secrets, catalogue, clock });
  const onProblem = (origin: string) => events.emit('grants.changed', { origin });
  const links = createLinks({ grants, settings: deps.settings, net, onProblem });
  const shared = createShared({ catalogue, sites: store, blocklist: deps.blocklist });
  const syncDeps = { catalogue, sites: store, library, links, shared };
  const syncs = createSyncs({
    sync(origin, options, signal) {
      grants.require(origin);
      return runSync(syncDeps, origin, options, signal);
    },
    onDone: origin => pollers.get(origin)?.wake(),
    log,
  });
  const startSync = (origin: string) => {
    if (grants.current(origin)) syncs.start(origin);
  };
  const wanted = createWanted({
    catalogue,
    sites: store,
    grants,
    links,
    shared,
    torrents,
    events,
    describe: (origin, ids) => describeIds(syncDeps, origin, ids, closed.signal),
    onWithdrawn: startSync,
  });
  const downloads = createDownloads({
    catalogue,
    requests: requestStore,
    sites: store,
    blocklist: deps.blocklist,
    grants,
    links,
    shared,
    torrents,
    events,
    userTrackers: deps.options.userTrackers,
  });
  const requests = createRequests({
    catalogue,
    requests: requestStore,
    grants,
    links,
    shared,
    downloads,
    events,
    clock,
    timers,
    log,
    onVerified: startSync,
  });
  const status = createStatus({
    catalogue,
    requests: requestStore,
    sites: store,
    settings: deps.settings,
    library,
    torrents,
    grants,
    links,
    shared,
    wanted,
  });

  const stops = [
    syncOnChanges({ catalogue, events, timers, sync: startSync }),
    events.on('download.verified', ({ id }) => requests.verified(id)),
    events.on('download.mismatch', ({ id, infoHash }) => requests.mismatched(id, infoHash)),
  ];

  /** (Re)starts what goes on by itself for a site: its polling, its open requests. */
  function open(row: SiteRow): void {
    pollers.get(row.origin)?.close();
    const pollSeconds = deps.options.pollSeconds;
    const poller = createPoller({
      origin: row.origin,
      lan: row.lan,
      links,
      apply: reply => wanted.apply(row.origin, reply),
      onAnswer() {
        requests.tell(row.origin).catch(() => {});
        syncs.settle(row.origin);
      },
      clock,
      timers,
      log,
      pollMs: pollSeconds === null ? null : pollSeconds * 1000,
      expiresAt: row.expiresAt,
      onExpired: () => void shut(row.origin, { erase: false }),
    });
    pollers.set(row.origin, poller);
    requests.resume(row.origin);
  }

  async function shut(origin: string, options: { erase: boolean }): Promise<void> {
    pollers.get(origin)?.close();
    pollers.delete(origin);
    syncs.forget(origin);
    wanted.forget(origin);
    torrents.forget(origin);
    await requests.drop(origin, options);
    events.emit('grants.changed', { origin });
  }

  async function put(params: GrantParams): Promise<SiteRow> {
    const foldersBefore = String(catalogue.foldersOfSite(params.origin));
    const row = await grants.put(params);
    links.reset(row.origin);
    open(row);
    events.emit('grants.changed', { origin: row.origin });
    if (params.folders && String(catalogue.foldersOfSite(row.origin)) !== foldersBefore) startSync(row.origin);
    return row;
  }

  function infoOf(row: SiteRow): SiteInfo {
    const { name, trackers } = links.known(row.origin);
    const problem = links.problem(row.origin);
    const { origin, url, reach, lan, download, quota, expiresAt, addedAt, lastUsedAt, username } = row;
    return {
      ...{ origin, url, reach, lan, download, quota, expiresAt, addedAt, lastUsedAt, username },
      folders: catalogue.foldersOfSite(origin),
      signedIn: grants.current(origin) !== undefined && links.session(origin).signedIn,
      used: downloads.usedBy(origin),
      trackers,
      ...(problem && { problem: { code: problem.code, message: problem.message } }),
      ...(name !== null && { name }),
    };
  }

  /** The first answer of the site, but not for long; true where it came and was good. */
  async function answered(origin: string): Promise<boolean> {
    const first = pollers.get(origin)?.now() ?? Promise.reject(new Error('no grant'));
    const { promise: late, resolve } = Promise.withResolvers<boolean>();
    const cancel = timers.after(FIRST_ANSWER_MS, () => resolve(false));
    const isGood = first.then(
      () => true,
      () => false,
    );
    return Promise.race([isGood, late]).finally(cancel);
  }

  async function preview(text: string, url?: string): Promise<GrantPreview> {
    const { origin, impliesLan, needsLan } = checkOrigin(text);
    const row = store.get(origin);
    const { hostname } = new URL(origin);
    const isPrivate = await net.lookupChecked(hostname, { lan: false }).then(
      () => false,
      (thrown: unknown) => thrown instanceof LsdError && thrown.code === 'denied',
    );
    return {
      origin,
      url: checkApiUrl(origin, url ?? row?.url),
      needsLan: needsLan || (isPrivate && !impliesLan),
      impliesLan,
      folders: library.list(),
      current: row ? infoOf(row) : null,
      ...(row && { trackers: links.known(origin).trackers }),
    };
  }

  async function config(origin: string, params: ConfigParams): Promise<ConfigResult> {
    const before = grants.require(origin);
    const isChange = Object.values(params).some(value => value !== undefined);
    if (isChange) await put({ ...params, origin });
    const signedIn = isChange ? await answered(origin) : links.session(origin).signedIn;
    const url = grants.current(origin)?.url ?? before.url;
    return { url, signedIn, folders: catalogue.foldersOfSite(origin).length };
  }

  async function removeDownload(id: Id): Promise<void> {
    const download = catalogue.download(id);
    if (!download) throw new LsdError('not-found', `${id} is not among the downloads.`);
    torrents.stop(id);
    await rm(download.path, { force: true });
    catalogue.removeDownload(id);
    const rows = requestStore.ofId(id).filter(row => row.state === 'done');
    for (const { origin } of rows) {
      requestStore.remove(origin, id);
      requests.resume(origin);
      startSync(origin);
    }
    events.emit('item.changed', { id, origins: rows.map(row => row.origin) });
  }

  /** Downloads that nobody else requested; a file in a folder of the person's own is no download. */
  async function eraseDownloads(origin: string): Promise<void> {
    for (const row of requestStore.ofSite(origin)) {
      const isOthersToo = requestStore.ofId(row.id).some(one => one.origin !== origin && one.state !== 'cancelled');
      if (row.state === 'done' && !isOthersToo && catalogue.download(row.id)) await removeDownload(row.id);
    }
  }

  for (const row of store.list()) if (grants.current(row.origin)) open(row);

  return {
    granted: origin => grants.current(origin) !== undefined,
    mayRead(origin, id) {
      if (!grants.current(origin) || shared.isBlocked(id) || store.isWithdrawn(origin, id)) return false;
      if (catalogue.isShared(origin, id)) return true;
      const row = requestStore.get(origin, id);
      return row !== undefined && row.state !== 'cancelled';
    },
    preview,
    async grant(params) {
      const row = await put(params);
      await answered(row.origin);
      return infoOf(row);
    },
    list: () => store.list().map(infoOf),
    async remove(origin, { erase }) {
      await grants.revoke(origin);
      if (erase) await eraseDownloads(origin);
      await shut(origin, { erase });
      if (erase) store.unmarkReported(origin, store.reportedIds(origin));
      links.forget(origin);
    },
    check: (url, account) => checkSite({ net, url, account }),
    config,
    async sync(origin, options, signal) {
      grants.require(origin);
      return syncs.run(origin, options, signal);
    },
    async plan(origin) {
      grants.require(origin);
      return previewSync(syncDeps, origin, closed.signal);
    },
    addRequests: requests.add,
    removeRequests: requests.remove,
    async seedRequests(origin) {
      grants.require(origin);
      return { ids: (await pollers.get(origin)?.now()) ?? [] };
    },
    status(origin) {
      grants.require(origin);
      return status.page(origin);
    },
    item: status.item,
    items: status.all,
    itemForUser: status.itemForUser,
    downloads: () =>
      catalogue.downloads().map(
        ({ id, path, size, extension, verifiedAt }): DownloadInfo => ({
          ...{ id, path, size, extension, verifiedAt },
          sites: requestStore
            .ofId(id)
            .filter(row => row.state === 'done')
            .map(row => row.origin),
        }),
      ),
    removeDownload,
    async close() {
      closed.abort();
      for (const stop of stops) stop();
      for (const poller of pollers.values()) poller.close();
      requests.close();
      await syncs.close();
    },
  };
}
