/** What the person chooses in the grant window, where it starts, and the grant it becomes. Pure. */

import type { SessionCookie } from '../../shared/cookies.ts';
import type { GrantParams, GrantPreview, Reach } from '../../shared/site-methods.ts';
import type { Question } from '../ui-protocol.ts';

export interface Choice {
  folders: ReadonlySet<number>;
  download: boolean;
  reach: Reach;
  lan: boolean;
  stun: boolean;
  /** the browser's session is handed over */
  cookies: boolean;
  /** bytes; null = no limit */
  quota: number | null;
  /** `keep`: the expiry that the grant has already; else milliseconds from now; null = never */
  expires: 'keep' | number | null;
}

const GB = 1_000_000_000;
export const QUOTAS = [GB, 10 * GB, 50 * GB, 200 * GB, 1000 * GB] as const;

const DAY_MS = 86_400_000;
export const EXPIRIES = [DAY_MS, 7 * DAY_MS, 30 * DAY_MS, 365 * DAY_MS] as const;

/** No folder is ticked unless it was before. A page may ask for files without a gesture, so downloads start with a limit. */
export function firstChoice(preview: GrantPreview, wants: Question['wants']): Choice {
  const { current } = preview;
  if (current) {
    return {
      folders: new Set(current.folders),
      download: current.download || wants === 'addRequests',
      reach: current.reach,
      lan: current.lan,
      stun: current.stun,
      cookies: current.cookies !== null,
      quota: current.quota,
      expires: current.expiresAt === null ? null : 'keep',
    };
  }
  return {
    folders: new Set(),
    download: wants !== 'sync',
    reach: suggestedReach(preview),
    lan: false,
    stun: false,
    cookies: false,
    quota: 50 * GB,
    expires: null,
  };
}

/**
 * A site without trackers gives no meeting place, so requester and holder would never find each other. One in the local
 * network is not asked before it has its tick; what is there stays there.
 */
export function suggestedReach({ trackers, needsLan }: GrantPreview): Reach {
  if (trackers === undefined) return needsLan ? 'site' : 'public';
  return trackers.length > 0 ? 'site' : 'public';
}

/** The tick is shown only where there is something to tick. */
export function namesStun({ stunServers = [] }: GrantPreview): boolean {
  return stunServers.length > 0;
}

/** Access to a private or plain-http site needs the tick; a site on this computer implies it. */
export function isAllowable(choice: Choice, preview: GrantPreview): boolean {
  return !preview.needsLan || preview.impliesLan || choice.lan;
}

/** What the window asks about. */
export interface Asked {
  preview: GrantPreview;
  wants: Question['wants'];
  /** the browser's session at the API's URL */
  session: readonly SessionCookie[];
}

/** The URL is the one that was shown, so that what is granted is what was read. */
export function grantOf(choice: Choice, asked: Asked, nowMs: number): GrantParams {
  const { preview, wants, session } = asked;
  const { origin, url } = preview;
  const folders = [...choice.folders].sort((a, b) => a - b);
  if (wants === 'setFolder') return { origin, folders };
  return {
    origin,
    url,
    reach: choice.reach,
    download: choice.download,
    folders,
    quota: choice.quota,
    ...(namesStun(preview) && { stun: choice.stun }),
    ...(choice.cookies && { cookies: [...session] }),
    ...(!choice.cookies && preview.current?.cookies && { cookies: null }),
    ...(preview.needsLan && !preview.impliesLan && { lan: choice.lan }),
    ...(choice.expires !== 'keep' && { expiresAt: choice.expires === null ? null : nowMs + choice.expires }),
  };
}
