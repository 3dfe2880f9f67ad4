/** The line to each site: its session, what is known of it, and what was the last trouble with it. */

import { LsdError } from '../../shared/errors.ts';
import type { Meeting } from '../core/ports.ts';
import type { Settings } from '../core/preferences.ts';
import type { RequestPlaces, SiteRow } from '../core/stored.ts';
import type { Net } from '../platform/net.ts';
import type { Grants } from './grants.ts';
import { isObject } from './metadata.ts';
import type { SiteAbout } from './replies.ts';
import { type CallOptions, createSession, type Session } from './session.ts';
import type { Action } from './site-api.ts';

/** What outlives a restart, so that downloads go on while the site is down. */
export interface KnownSite {
  name: string | null;
  /** of `api` and of the last `getRequests` */
  trackers: string[];
  stun: string[];
}

export interface Links {
  /** Calls the site in the account of its grant; `denied` without a grant. */
  call(origin: string, action: Action, data: object, options?: CallOptions): Promise<unknown>;
  /** Asks `api`. */
  describe(origin: string, signal?: AbortSignal): Promise<SiteAbout | undefined>;
  session(origin: string): Session;
  /** The configuration changed: cookies and the sign-in are forgotten. */
  reset(origin: string): void;
  known(origin: string): KnownSite;
  learnTrackers(origin: string, trackers: string[]): void;
  forget(origin: string): void;
  problem(origin: string): LsdError | undefined;
  meeting(row: SiteRow, places?: RequestPlaces): Meeting;
}

export interface LinksDeps {
  grants: Grants;
  settings: Settings;
  net: Pick<Net, 'checkedFetch'>;
  /** the problem with a site came, went, or became another */
  onProblem: (origin: string) => void;
  /** its trackers or STUN servers are others now */
  onMeeting: (origin: string) => void;
}

/** Each torrent of the site is announced at each: a site that names thousands would have its visitors flood them. */
const MOST_TRACKERS = 20;
const UNKNOWN: KnownSite = { name: null, trackers: [], stun: [] };

export function createLinks({ grants, settings, net, onProblem, onMeeting }: LinksDeps): Links {
  const sessions = new Map<string, Session>();
  const problems = new Map<string, LsdError>();

  function session(origin: string): Session {
    const existing = sessions.get(origin);
    if (existing) return existing;
    const { url, lan } = grants.require(origin);
    const made = createSession({ origin, url, lan, net, account: () => grants.account(origin) });
    sessions.set(origin, made);
    return made;
  }

  async function noted<T>(origin: string, work: (session: Session) => Promise<T>): Promise<T> {
    const one = session(origin);
    try {
      const result = await work(one);
      grants.touch(origin);
      note(origin, undefined);
      return result;
    } catch (thrown) {
      const error = LsdError.from(thrown);
      if (error.code !== 'aborted' && sessions.get(origin) === one) note(origin, error);
      throw error;
    }
  }

  function note(origin: string, error: LsdError | undefined): void {
    const before = problems.get(origin);
    if (error) problems.set(origin, error);
    else problems.delete(origin);
    if (before?.message !== error?.message) onProblem(origin);
  }

  function known(origin: string): KnownSite {
    return parseKnown(settings.get(keyOf(origin)));
  }

  function learn(origin: string, change: Partial<KnownSite>): void {
    const before = known(origin);
    const after = { ...before, ...change };
    if (JSON.stringify(after) === JSON.stringify(before)) return;
    settings.set(keyOf(origin), JSON.stringify(after));
    if (String([after.trackers, after.stun]) !== String([before.trackers, before.stun])) onMeeting(origin);
  }

  return {
    session,
    known,
    call: (origin, action, data, options) => noted(origin, one => one.call(action, data, options)),
    async describe(origin, signal) {
      const about = await noted(origin, one => one.describe(signal));
      if (about)
        learn(origin, { name: about.name, trackers: about.trackers.slice(0, MOST_TRACKERS), stun: about.stun });
      return about;
    },
    reset(origin) {
      sessions.delete(origin);
      note(origin, undefined);
    },
    learnTrackers(origin, trackers) {
      const about = sessions.get(origin)?.about.trackers ?? [];
      learn(origin, { trackers: [...new Set([...about, ...trackers])].slice(0, MOST_TRACKERS) });
    },
    forget(origin) {
      sessions.delete(origin);
      problems.delete(origin);
      settings.remove(keyOf(origin));
    },
    problem: origin => problems.get(origin),
    meeting(row, places) {
      const trackers = [...known(row.origin).trackers, ...(places?.trackers ?? [])];
      return {
        by: row.origin,
        trackers: [...new Set(trackers)],
        webseeds: places?.webseeds ?? [],
        peers: places?.peers ?? [],
        stun: row.stun ? known(row.origin).stun : [],
        reach: row.reach,
        lan: row.lan,
      };
    },
  };
}

const keyOf = (origin: string) => `site ${origin}`;

function parseKnown(text: string | undefined): KnownSite {
  if (text === undefined) return UNKNOWN;
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) return UNKNOWN;
  const list = (items: unknown) => (Array.isArray(items) ? items.filter(item => typeof item === 'string') : []);
  return {
    name: typeof value.name === 'string' ? value.name : null,
    trackers: list(value.trackers),
    stun: list(value.stun),
  };
}
