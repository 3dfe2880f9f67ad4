/** Whether a site can see that LSD is here, why, and what switching it means. Pure. */

import type { Visibility } from '../ui-protocol.ts';

export interface Seen {
  on: boolean;
  /** the switch cannot change it */
  fixed: boolean;
  why: `popup.tab.visible.${'granted' | 'local' | 'all' | 'on' | 'off'}`;
}

const LOOPBACK = /^https?:\/\/(localhost|127\.0\.0\.1|\[::1\])(:\d+)?$/;

export function seenBy(visibility: Visibility, origin: string, granted: boolean): Seen {
  if (granted) return { on: true, fixed: true, why: 'popup.tab.visible.granted' };
  if (LOOPBACK.test(origin)) return { on: true, fixed: true, why: 'popup.tab.visible.local' };
  const chosen = visibility.origins.includes(origin);
  if (visibility.mode === 'all' && !origin.startsWith('http:')) {
    return { on: true, fixed: true, why: 'popup.tab.visible.all' };
  }
  return { on: chosen, fixed: false, why: chosen ? 'popup.tab.visible.on' : 'popup.tab.visible.off' };
}

/** Switching one site on or off answers the first-run question with "only those I switch on". */
export function switched(visibility: Visibility, origin: string, on: boolean): Visibility {
  const others = visibility.origins.filter(other => other !== origin);
  return {
    mode: visibility.mode === 'all' ? 'all' : 'chosen',
    origins: on ? [...others, origin] : others,
  };
}
