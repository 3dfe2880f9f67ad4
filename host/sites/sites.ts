/** The sites that have a grant: what they may see, what they are told, what they ask for. Composes the parts of this room. */

import type { Events } from '../core/events.ts';
import type { Capabilities, Clock, Library, Log, Secrets, Sites, Torrents } from '../core/ports.ts';
import type { Blocklist, Settings } from '../core/preferences.ts';
import type { Catalogue, RequestStore, SiteLogStore, SiteStore } from '../core/stored.ts';
import type { Net } from '../platform/net.ts';
import type { Timers } from '../platform/timers.ts';
import { checkSite } from './check.ts';
import { createCounts } from './counts.ts';
import { createDownloads } from './downloads.ts';
import { askToForget } from './forgetting.ts';
import { createGranting } from './granting.ts';
import { createGrants } from './grants.ts';
import { createKept } from './kept.ts';
import { syncOnChanges } from './library-events.ts';
import { createLinks } from './links.ts';
import { createMayRead } from './may-read.ts';
import { createOpened } from './opened.ts';
import { createQuestions } from './questions.ts';
import { REQUEST_LIMITS, type RequestLimits } from './request-limits.ts';
import { createRequests } from './requests.ts';
import { createShared } from './shared.ts';
import { createSiteLog } from './site-log.ts';
import { createStatus } from './status.ts';
import { describeIds, previewSync, runSync } from './sync.ts';
import { createSyncs } from './syncs.ts';
import { createWanted } from './wanted.ts';

export interface SitesDeps {
  catalogue: Catalogue;
  sites: SiteStore;
  log: Log;
  requests: RequestStore;
  siteHistory: SiteLogStore;
  settings: Settings;
  secrets: Secrets;
  blocklist: Blocklist;
  torrents: Torrents;
  library: Library;
  events: Events;
  net: Net;
  clock: Clock;
  capabilities: Capabilities;
  options: {
    /** null = the usual */
    pollSeconds: number | null;
    /** the user's own, which every torrent is announced to */
    userTrackers: string[];
  };
  requestLimits?: RequestLimits;
  timers: Timers;
}

export function createSites(deps: SitesDeps): Sites {
  const { catalogue, sites: store, events, net, options } = deps;
  const closed = new AbortController();

  const siteLog = createSiteLog({ log: deps.siteHistory, clock: deps.clock, timers: deps.timers });
  const grants = createGrants(deps);
  const links = createLinks({
    ...deps,
    grants,
    onProblem(origin) {
      const problem = links.problem(origin);
      // A site that waits for its page to say who is there has not failed.
      if (problem && problem.code !== 'not-configured') siteLog.failed(origin, problem.code);
      events.emit('grants.changed', { origin });
    },
    onMeeting: origin => requests.refresh(origin),
  });
  const shared = createShared(deps);
  const base = { ...deps, grants, links, shared, siteLog };
  const startSync = (origin: string) => {
    if (grants.current(origin)) syncs.start(origin);
  };
  const wanted = createWanted({
    ...base,
    describe: (origin, ids) => describeIds(base, origin, ids, closed.signal),
    onWithdrawn: startSync,
  });
  const downloads = createDownloads({ ...base, userTrackers: options.userTrackers });
  const requests = createRequests({
    ...base,
    downloads,
    limits: deps.requestLimits ?? REQUEST_LIMITS,
    onVerified: startSync,
  });
  const opened = createOpened({ ...base, wanted, requests, syncs: () => syncs, pollSeconds: options.pollSeconds });
  const syncs = createSyncs({
    ...base,
    sync: (origin, how, signal) => runSync(base, grants.require(origin).origin, how, signal),
    onDone(origin, { added, removed, updated, kept }) {
      if (added + removed + updated > 0) siteLog.note(origin, 'synced', { added, removed, updated });
      questions.found(origin, kept);
      opened.wake(origin);
    },
  });
  const kept = createKept({
    ...base,
    usedBy: downloads.usedBy,
    onRemoved(origin) {
      if (!grants.current(origin)) return;
      requests.resume(origin);
      startSync(origin);
    },
  });
  const questions = createQuestions({
    ...base,
    requests,
    startSync,
    prune: origin => syncs.run(origin, { prune: true }, closed.signal),
  });
  const forget = (origin: string, signal: AbortSignal) =>
    syncs.without(origin, () => askToForget(base, origin, AbortSignal.any([signal, closed.signal])));
  const counts = createCounts(deps);
  const status = createStatus({ ...base, wanted, counts });

  const stops = [
    counts.close,
    syncOnChanges({ ...base, sync: startSync, isHeldBack: syncs.isHeldBack }),
    events.on('download.verified', ({ id }) => requests.verified(id)),
    events.on('blocklist.changed', () => requests.refreshAll()),
    events.on('blocklist.changed', ({ hash }) => {
      for (const id of shared.idsBehind(hash)) {
        for (const { origin } of store.list()) if (catalogue.isShared(origin, id)) startSync(origin);
      }
    }),
    events.on('download.lost', ({ id }) => kept.lost(id)),
    ...(['folders.changed', 'grants.changed', 'blocklist.changed'] as const).map(kind =>
      events.on(kind, wanted.review),
    ),
    events.on('download.sized', ({ id, infoHash, size }) => requests.sized(id, infoHash, size)),
    events.on('download.mismatch', ({ id, infoHash, difference }) => requests.mismatched(id, infoHash, difference)),
  ];
  for (const row of store.list()) if (grants.current(row.origin)) opened.open(row);

  return {
    ...createGranting({ ...base, opened, kept, requests, startSync, forget, questions }),
    ...createMayRead(base),
    check: (url, account) => checkSite({ net, url, account }),
    async sync(origin, how, signal) {
      grants.require(origin);
      return syncs.run(origin, how, signal);
    },
    async plan(origin) {
      grants.require(origin);
      return previewSync(base, origin, closed.signal);
    },
    outline(folders) {
      const scanning = folders.some(folder => deps.library.isScanning(folder));
      return { ...catalogue.outline(folders), scanning };
    },
    history: (origin, before) => siteLog.page(origin, before),
    questions: questions.list,
    answer: questions.answer,
    addRequests: requests.add,
    removeRequests: requests.remove,
    async seedRequests(origin) {
      grants.require(origin);
      return { ids: await opened.poll(origin) };
    },
    status(origin) {
      grants.require(origin);
      return status.page(origin);
    },
    item: status.item,
    items: status.all,
    itemForUser: status.itemForUser,
    everything: status.everything,
    wantedBy: status.wantedBy,
    downloads: kept.list,
    removeDownload: kept.remove,
    async close() {
      closed.abort();
      for (const stop of stops) stop();
      opened.close();
      requests.close();
      await syncs.close();
      siteLog.close();
    },
  };
}
