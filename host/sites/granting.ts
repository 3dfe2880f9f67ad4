/** What the person and the page say of a grant: shown before, made, changed, listed, taken away. */

import type { SessionCookie } from '../../shared/cookies.ts';
import { LsdError } from '../../shared/errors.ts';
import type { Forgotten } from '../../shared/grants.ts';
import type { ConfigParams, ConfigResult } from '../../shared/page-methods.ts';
import type { GrantParams, GrantPreview, SiteInfo } from '../../shared/site-methods.ts';
import type { Events } from '../core/events.ts';
import type { Library } from '../core/ports.ts';
import type { Catalogue, SiteRow, SiteStore } from '../core/stored.ts';
import type { Net } from '../platform/net.ts';
import type { Timers } from '../platform/timers.ts';
import type { Grants } from './grants.ts';
import type { Kept } from './kept.ts';
import type { Links } from './links.ts';
import type { Opened } from './opened.ts';
import { checkApiUrl, checkOrigin } from './origin.ts';
import type { Questions } from './questions.ts';
import type { SiteAbout } from './replies.ts';
import type { Requests } from './requests.ts';
import { createSession } from './session.ts';
import type { SiteLog } from './site-log.ts';

/** A grant is shown at once; what the site says of itself is waited for so long. */
const FIRST_ANSWER_MS = 5_000;
/** Longer than this a grant window does not wait for the site that it is about. */
const PREVIEW_MS = 2_000;

/** What a site's `api` names. */
type MeetingNames = Pick<SiteAbout, 'trackers' | 'stun'>;

export interface Granting {
  preview(text: string, url?: string): Promise<GrantPreview>;
  grant(params: GrantParams): Promise<SiteInfo>;
  config(origin: string, params: ConfigParams): Promise<ConfigResult>;
  list(): SiteInfo[];
  remove(origin: string, options: { erase: boolean; forget?: AbortSignal }): Promise<Forgotten | null>;
  handOver(origin: string, url: string, cookies: SessionCookie[]): boolean;
}

export interface GrantingDeps {
  catalogue: Catalogue;
  sites: SiteStore;
  library: Pick<Library, 'list'>;
  net: Pick<Net, 'lookupChecked' | 'checkedFetch'>;
  events: Events;
  timers: Timers;
  grants: Grants;
  links: Links;
  opened: Opened;
  kept: Kept;
  requests: Pick<Requests, 'erase'>;
  startSync: (origin: string) => void;
  /** asks the site to, while nothing of it is synchronised */
  forget: (origin: string, signal: AbortSignal) => Promise<Forgotten>;
  questions: Pick<Questions, 'forget'>;
  siteLog: SiteLog;
}

export function createGranting(deps: GrantingDeps): Granting {
  const { catalogue, sites, grants, links, opened, kept } = deps;

  async function put(params: GrantParams): Promise<SiteRow> {
    const before = sites.get(checkOrigin(params.origin).origin);
    const foldersBefore = before ? String(catalogue.foldersOfSite(before.origin)) : '';
    const { origin } = await grants.put(params);
    const row = sites.get(origin);
    if (!row) throw new LsdError('denied', `The grant of ${origin} was revoked meanwhile.`, { userAction: 'grant' });
    links.reset(row.origin);
    opened.open(row);
    deps.events.emit('grants.changed', { origin: row.origin });
    if (String(catalogue.foldersOfSite(row.origin)) !== foldersBefore) deps.startSync(row.origin);
    return row;
  }

  /** True where the site's first answer came in time, and was good. */
  async function answered(origin: string): Promise<boolean> {
    const { promise: late, resolve } = Promise.withResolvers<boolean>();
    const cancel = deps.timers.after(FIRST_ANSWER_MS, () => resolve(false));
    const isGood = opened.poll(origin).then(
      () => true,
      () => false,
    );
    return Promise.race([isGood, late]).finally(cancel);
  }

  /** A name that resolves into the local network needs the tick as an address there does. */
  async function isPrivate(origin: string): Promise<boolean> {
    try {
      await deps.net.lookupChecked(new URL(origin).hostname, { lan: false });
      return false;
    } catch (thrown) {
      return thrown instanceof LsdError && thrown.code === 'denied';
    }
  }

  /** What the site names to meet by decides what its grant window proposes. Asked without any account. */
  async function askMeeting(origin: string, url: string | undefined, lan: boolean): Promise<MeetingNames | undefined> {
    const account = async () => ({});
    const session = createSession({ origin, url: checkApiUrl(origin, url), lan, net: deps.net, account });
    const about = await session.describe(AbortSignal.timeout(PREVIEW_MS)).catch(() => undefined);
    return about;
  }

  function infoOf(row: SiteRow): SiteInfo {
    const { name, trackers, stun: stunServers } = links.known(row.origin);
    const problem = links.problem(row.origin);
    return {
      ...row,
      folders: catalogue.foldersOfSite(row.origin),
      signedIn: grants.current(row.origin) !== undefined && links.session(row.origin).signedIn,
      used: kept.usedBy(row.origin),
      trackers,
      stunServers,
      ...(problem && { problem: { code: problem.code, message: problem.message } }),
      ...(name !== null && { name }),
    };
  }

  async function eraseAll(origin: string): Promise<void> {
    await kept.erase(origin);
    deps.requests.erase(origin);
    sites.unmarkReported(origin, sites.reportedIds(origin));
    deps.siteLog.erase(origin);
  }

  return {
    async preview(text, url) {
      const { origin, impliesLan, needsLan } = checkOrigin(text);
      const row = sites.get(origin);
      return {
        origin,
        url: checkApiUrl(origin, url ?? row?.url),
        needsLan: needsLan || (!impliesLan && (await isPrivate(origin))),
        impliesLan,
        folders: deps.library.list(),
        current: row ? infoOf(row) : null,
        ...meetingFields(row ? links.known(origin) : await askMeeting(origin, url, impliesLan)),
      };
    },
    async grant(params) {
      const row = await put(params);
      deps.siteLog.note(row.origin, 'granted', { folders: catalogue.foldersOfSite(row.origin).length });
      await answered(row.origin);
      return infoOf(sites.get(row.origin) ?? row);
    },
    async config(origin, params) {
      grants.require(origin);
      const isChange = Object.values(params).some(value => value !== undefined);
      const { url } = isChange ? await put({ ...params, origin }) : grants.require(origin);
      if (isChange) deps.siteLog.note(origin, 'configured');
      const signedIn = isChange ? await answered(origin) : links.session(origin).signedIn;
      return { url, signedIn, folders: catalogue.foldersOfSite(origin).length };
    },
    list: () => sites.list().map(infoOf),
    handOver(origin, url, cookies) {
      const session = grants.handOver(origin, url, cookies);
      if (session !== 'another') return session === 'same';
      deps.siteLog.note(origin, 'cookies');
      links.reset(origin);
      opened.wake(origin);
      return true;
    },
    async remove(text, { erase, forget }) {
      const { origin } = checkOrigin(text);
      // Its downloads may be erased after the grant was taken away.
      if (!sites.get(origin) && !erase) throw new LsdError('not-found', `${origin} has no grant.`);
      const forgotten = forget && grants.current(origin) ? await deps.forget(origin, forget) : null;
      if (forgotten) deps.siteLog.note(origin, 'forgotten', { removed: forgotten.removed, ids: forgotten.requests });
      const revoked = grants.revoke(origin);
      deps.siteLog.note(origin, 'revoked');
      // Nothing goes on while secrets and files are being deleted, nor where that fails.
      opened.shut(origin);
      links.forget(origin);
      deps.questions.forget(origin);
      const ends = await Promise.allSettled([revoked, erase ? eraseAll(origin) : undefined]);
      for (const end of ends) if (end.status === 'rejected') throw end.reason;
      return forgotten;
    },
  };
}

function meetingFields(names: MeetingNames | undefined): Pick<GrantPreview, 'trackers' | 'stunServers'> {
  return names ? { trackers: names.trackers, stunServers: names.stun } : {};
}
