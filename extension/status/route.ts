/** Which part of the page is shown, and which item's details: the part of the address after `#`. */

import { type ReadonlySignal, signal } from '@preact/signals';
import type { Id } from '../../shared/id.ts';
import { parseId } from '../../shared/id.ts';

export const VIEWS = ['overview', 'transfers', 'files', 'folders', 'sites', 'network'] as const;
export type View = (typeof VIEWS)[number];

export interface Route {
  view: View;
  /** of `transfers` and `files`: the item whose details are open */
  id?: Id;
  /** of `files`: what the list keeps to: the number of a folder, `download` or `spoilt` */
  within?: string;
}

/** `#files`, `#files/ID`, `#files?in=3`, `#files?in=download` */
export function parseRoute(hash: string): Route {
  const [, name, id, within] = /^#?([a-z]*)(?:\/([0-9a-f]{40}))?(?:\?in=(\d+|download|spoilt))?$/.exec(hash) ?? [];
  const view = VIEWS.find(each => each === name) ?? 'overview';
  const known = parseId(id);
  return { view, ...(known && { id: known }), ...(within !== undefined && { within }) };
}

export function hashOf({ view, id, within }: Route): string {
  return `#${view}${id ? `/${id}` : ''}${within === undefined ? '' : `?in=${within}`}`;
}

export function followRoute(): ReadonlySignal<Route> {
  const route = signal(parseRoute(location.hash));
  addEventListener('hashchange', () => {
    route.value = parseRoute(location.hash);
  });
  return route;
}

export function go(route: Route): void {
  location.hash = hashOf(route);
}
