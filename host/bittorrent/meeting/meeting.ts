/** The meetings of several sites over one torrent, merged. */

import type { Meeting } from '../../core/ports.ts';
import type { Place, Places } from '../engine/link.ts';
import { isStunServer } from './stun.ts';

/** besides the person's own; each costs an announce, again and again */
const MOST_TRACKERS = 50;

/** Public only if each of the meetings is. A place that two name is private where one of them forbids the LAN. */
export function mergeMeetings(meetings: readonly Meeting[], userTrackers: readonly string[]): Places {
  const own = userTrackers.map(at => ({ at, lan: true }));
  return {
    trackers: unique([...own, ...meetings.flatMap(each => places(each.trackers.filter(isTracker), each.lan))]).slice(
      0,
      own.length + MOST_TRACKERS,
    ),
    webseeds: unique(meetings.flatMap(each => places(each.webseeds.filter(isWebSeed), each.lan))),
    peers: unique(meetings.flatMap(each => places(each.peers, each.lan))),
    stun: unique(meetings.flatMap(each => places(each.stun.filter(isStunServer), each.lan))),
    by: [...new Set(meetings.map(each => each.by))],
    lan: meetings.length > 0 && meetings.every(each => each.lan),
    reach: isPublic(meetings) ? 'public' : 'site',
  };
}

/** Nobody said that it may be: then it is not. */
function isPublic(meetings: readonly Meeting[]): boolean {
  return meetings.length > 0 && meetings.every(each => each.reach === 'public');
}

function places(all: readonly string[], lan: boolean): Place[] {
  return all.map(at => ({ at, lan }));
}

function unique(all: Place[]): Place[] {
  const found = new Map<string, boolean>();
  for (const { at, lan } of all) found.set(at, (found.get(at) ?? true) && lan);
  return [...found].map(([at, lan]) => ({ at, lan }));
}

function isTracker(url: string): boolean {
  return URL.canParse(url) && /^(https?|udp|wss?):$/.test(new URL(url).protocol);
}

function isWebSeed(url: string): boolean {
  return URL.canParse(url) && /^https?:$/.test(new URL(url).protocol);
}
