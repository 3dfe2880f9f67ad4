/** The life of a request: written down, told to the site, downloaded, verified, taken back at the site. */

import { LsdError } from '../../shared/errors.ts';
import type { Id, InfoHash } from '../../shared/id.ts';
import type { RequestsResult } from '../../shared/page-methods.ts';
import type { Events } from '../core/events.ts';
import type { Clock, Difference, Log, Torrents } from '../core/ports.ts';
import type { Catalogue, RequestRow, RequestStore } from '../core/stored.ts';
import { pause, type Timers } from '../platform/timers.ts';
import { isRefutedBy, isTrueOf } from './claims.ts';
import type { Downloads } from './downloads.ts';
import type { Grants } from './grants.ts';
import type { Links } from './links.ts';
import { type Described, parseDescribed } from './replies.ts';
import { type RequestLimits, tooLong, tooMany } from './request-limits.ts';
import { createRetries } from './retries.ts';
import type { Shared } from './shared.ts';
import type { SiteLog } from './site-log.ts';
import { createTelling, MAX_IDS } from './telling.ts';

/** A site that answers has heard of a removal when that returns; for one that hangs nobody waits longer. */
const HEARD_MS = 2_000;

/*
 * open ──> done        the download was verified (or the id came to be shared with the site by a folder)
 *  │  <──  done        asked for anew after the person removed the file
 *  └────> cancelled    by the page or the person; the row goes when the site has been told
 * `told` and `settled` say what the site knows; what it does not know yet is told at the next chance.
 */
export interface Requests {
  add(origin: string, ids: Id[]): Promise<RequestsResult>;
  remove(origin: string, ids: Id[]): Promise<{ ids: Id[] }>;
  /** After a start or a new grant: open requests go on. */
  resume(origin: string): void;
  /** Tells the site what it was not told yet, if there is anything. */
  tell(origin: string): Promise<void>;
  verified(id: Id): void;
  /** The site's trackers are others: its downloads go by them from now on. */
  refresh(origin: string): void;
  /** What may be fetched at all is another now. */
  refreshAll(): void;
  /** These may be had in another way now. */
  refreshIds(ids: Id[]): void;
  /** Its metadata came. */
  sized(id: Id, infoHash: InfoHash, size: number): void;
  mismatched(id: Id, infoHash: InfoHash, difference: Difference): void;
  /** The grant is gone: nothing is fetched for it any longer. */
  drop(origin: string): void;
  /** After that: what it asked for is forgotten too. */
  erase(origin: string): void;
  close(): void;
}

export interface RequestsDeps {
  catalogue: Catalogue;
  requests: RequestStore;
  grants: Grants;
  links: Links;
  shared: Shared;
  downloads: Downloads;
  torrents: Pick<Torrents, 'warmUp'>;
  events: Events;
  clock: Clock;
  timers: Timers;
  log: Log;
  siteLog: SiteLog;
  limits: RequestLimits;
  /** the next sync has an id to add */
  onVerified: (origin: string) => void;
}

export function createRequests(deps: RequestsDeps): Requests {
  const { catalogue, requests, grants, links, shared, downloads, torrents, events, clock, log, limits } = deps;
  const retries = createRetries({ clock, timers: deps.timers, onDue: (origin, ids) => void askAgain(origin, ids) });
  const telling = createTelling({ requests, grants, links, ask });

  // ---------------------------------------------------------------- addRequests

  async function add(origin: string, ids: Id[]): Promise<RequestsResult> {
    if (!grants.require(origin).download) throw noDownloads(origin);
    const unique = [...new Set(ids)];
    const blocked = new Set(unique.filter(id => shared.isBlocked(id)));
    const wanted = unique.filter(id => !shared.has(origin, id) && !blocked.has(id));
    const before = new Map(wanted.map(id => [id, requests.get(origin, id)]));
    const fresh = wanted.filter(id => before.get(id)?.state !== 'open');
    if (requests.openCount(origin) + fresh.length > limits.open) throw tooMany(origin, limits);
    requests.batch(() => {
      for (const id of fresh) writeDown(origin, id);
    });
    // The engine takes as long to start as the site to answer.
    if (fresh.length > 0) torrents.warmUp();
    try {
      await telling.queued(origin, () => ask(origin, wanted));
    } catch (thrown) {
      requests.batch(() => {
        for (const id of wanted) putBack(origin, id, before.get(id));
      });
      throw thrown;
    }
    const asked = fresh.filter(id => requests.get(origin, id));
    if (asked.length > 0) deps.siteLog.note(origin, 'requested', { ids: asked.length });
    const unknown = wanted.filter(id => !requests.get(origin, id));
    const missing = new Set([...blocked, ...unknown]);
    return { ids: unique.filter(id => !missing.has(id)), missing: unique.filter(id => missing.has(id)) };
  }

  function writeDown(origin: string, id: Id): void {
    requests.put({
      origin,
      id,
      addedAt: clock.now(),
      metadata: null,
      told: false,
      state: 'open',
      settled: false,
      learnedSize: null,
      refuted: false,
      reason: null,
    });
  }

  /** The page is told that nothing was queued, so nothing is; what was to be cancelled at the site still is. */
  function putBack(origin: string, id: Id, before: RequestRow | undefined): void {
    if (requests.get(origin, id)?.told !== false || before?.state === 'open') return;
    if (before) requests.put(before);
    else requests.remove(origin, id);
  }

  /** The site's `addRequests`: it hears that they are wanted, and says what it knows of them now. */
  async function ask(origin: string, ids: Id[]): Promise<void> {
    const { lan } = grants.require(origin);
    for (let at = 0; at < ids.length; at += MAX_IDS) {
      const batch = ids.slice(at, at + MAX_IDS);
      const described = parseDescribed(await links.call(origin, 'addRequests', { ids: batch }), { lan });
      const first = requests.batch(() => takeOver(origin, batch, described));
      for (const id of first) changed(id, [origin]);
      begin(batch);
    }
  }

  /** Writes down what the site says of them; returns those that it had not been asked for before. */
  function takeOver(origin: string, ids: Id[], described: Described): Id[] {
    const first: Id[] = [];
    for (const id of ids) {
      const row = requests.get(origin, id);
      if (row?.state !== 'open') continue;
      const description = described.get(id);
      if (description) requests.describe(origin, id, description);
      else if (!row.told) requests.remove(origin, id);
      if (!row.told) first.push(id);
    }
    if (requests.describedBytes(origin) > limits.describedBytes) throw tooLong(origin, limits);
    return first;
  }

  /** Starts or changes the downloads of these ids, and keeps on asking while one is open. */
  function begin(ids: Id[]): void {
    for (const row of downloads.begin(ids)) finish(row.id, [row]);
    for (const row of ids.flatMap(id => requests.ofId(id))) {
      if (row.state === 'open' && grants.current(row.origin)) retries.watch(row.origin, row.id);
      else retries.drop(row.origin, row.id);
    }
  }

  async function askAgain(origin: string, ids: Id[]): Promise<void> {
    if (!grants.current(origin)) return;
    const stuck = ids.filter(id => {
      const row = requests.get(origin, id);
      return row?.state === 'open' && downloads.isStuck(row);
    });
    if (stuck.length === 0) return;
    try {
      await telling.queued(origin, () => ask(origin, stuck));
    } catch (thrown) {
      log.debug('asking again failed', { origin, code: LsdError.from(thrown).code });
    }
  }

  // ---------------------------------------------------------------- the end of a request

  async function remove(origin: string, ids: Id[]): Promise<{ ids: Id[] }> {
    grants.require(origin);
    const unique = [...new Set(ids)];
    const open = unique.filter(id => requests.get(origin, id)?.state === 'open');
    const strange = unique.filter(id => !requests.get(origin, id));
    requests.batch(() => {
      for (const id of open) {
        const row = requests.get(origin, id);
        if (row) requests.put({ ...row, state: 'cancelled', settled: false, reason: null });
      }
    });
    for (const id of open) changed(id, [origin]);
    begin(open);
    if (open.length > 0) deps.siteLog.note(origin, 'cancelled', { ids: open.length });
    beginQuota(origin);
    telling.owe(origin);
    // Made by another machine of the same person, or before a fresh install: the site knows of it, this home does not.
    if (strange.length > 0) await telling.queued(origin, () => links.call(origin, 'removeRequests', { ids: strange }));
    const heard = new AbortController();
    void telling
      .tell(origin)
      .catch(() => {})
      .finally(() => heard.abort());
    await pause(deps.timers, HEARD_MS, heard.signal);
    return { ids: unique };
  }

  /** These rows of one id are done. */
  function finish(id: Id, open: RequestRow[]): void {
    for (const row of open) {
      requests.put({ ...row, state: 'done', settled: false, reason: null });
      retries.drop(row.origin, id);
    }
    const origins = open.map(row => row.origin);
    if (origins.length > 0) changed(id, origins);
    for (const origin of origins) {
      telling.owe(origin);
      if (!grants.current(origin)) continue;
      beginQuota(origin);
      telling.tell(origin).catch(() => {});
      deps.onVerified(origin);
    }
  }

  /** It was downloaded for these. */
  function arrived(id: Id, open: RequestRow[]): void {
    const bytes = catalogue.download(id)?.size ?? 0;
    for (const { origin } of open) deps.siteLog.note(origin, 'downloaded', { ids: 1, bytes });
    finish(id, open);
  }

  /** The file is here: for those who say of it what is so. What another says of it may still be looked at, or is refuted. */
  function found(id: Id, open: RequestRow[]): void {
    const file = catalogue.download(id);
    const verdict = ({ metadata }: RequestRow) => (file && metadata ? isTrueOf(metadata, file) : true);
    for (const { origin } of open.filter(row => verdict(row) === false)) requests.refute(origin, id);
    const right = open.filter(row => verdict(row) === true);
    arrived(id, right);
    if (right.length < open.length) begin([id]);
  }

  /** There may be room now. */
  function beginQuota(origin: string): void {
    const rows = requests.openOf(origin).filter(({ reason }) => reason === 'quota' || reason === 'queued');
    if (rows.length > 0) begin(rows.map(row => row.id));
  }

  function openOf(id: Id): RequestRow[] {
    return requests.ofId(id).filter(row => row.state === 'open');
  }

  function changed(id: Id, origins: string[]): void {
    events.emit('item.changed', { id, origins });
  }

  return {
    add,
    remove,
    tell: telling.tell,
    verified(id) {
      downloads.ended(id);
      found(id, openOf(id));
    },
    refreshIds: begin,
    refreshAll: () => begin(requests.open().map(row => row.id)),
    refresh: origin => begin(requests.openOf(origin).map(row => row.id)),
    resume(origin) {
      telling.owe(origin);
      const open = requests.openOf(origin);
      // It was verified, and the daemon ended before the request heard of it.
      const hasArrived = (row: RequestRow) => (catalogue.download(row.id)?.verifiedAt ?? 0) >= row.addedAt;
      const { here = [], waiting = [] } = Object.groupBy(open, row => (hasArrived(row) ? 'here' : 'waiting'));
      for (const row of here) found(row.id, [row]);
      begin(waiting.map(row => row.id));
    },
    sized(id, infoHash, size) {
      downloads.sized(id, size);
      const learned = requests.learnSize(id, infoHash, size);
      if (learned.length === 0) return;
      // By itself, before the others are counted beside it: it may be what does not fit.
      begin([id]);
      for (const { origin } of learned) beginQuota(origin);
    },
    mismatched(id, infoHash, difference) {
      if (difference.of === 'id') requests.markTried(id, infoHash);
      const wrong = openOf(id).filter(({ metadata }) => metadata && isRefutedBy(metadata, difference));
      for (const { origin, metadata } of wrong) if (metadata?.infoHash === infoHash) requests.refute(origin, id);
      downloads.failed(id);
      begin([id]);
    },
    drop(origin) {
      telling.forget(origin);
      begin(requests.openOf(origin).map(row => row.id));
    },
    erase(origin) {
      requests.batch(() => {
        for (const { id } of requests.ofSite(origin)) requests.remove(origin, id);
      });
    },
    close: () => retries.close(),
  };
}

function noDownloads(origin: string): LsdError {
  return new LsdError('denied', `The grant of ${origin} does not let it download. Change that in its settings.`, {
    userAction: 'grant',
  });
}
