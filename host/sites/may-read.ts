/** May a site read an id at `/get`: asked for every range of a film, so answers are kept until something is written. */

import { type Id, parseId } from '../../shared/id.ts';
import type { Clock, Sites } from '../core/ports.ts';
import type { Catalogue, RequestStore, SiteStore } from '../core/stored.ts';
import { whileUnchanged } from '../core/unchanged.ts';
import type { Shared } from './shared.ts';

export interface MayReadDeps {
  shared: Pick<Shared, 'isBlocked'>;
  catalogue: Pick<Catalogue, 'isShared' | 'version'>;
  sites: Pick<SiteStore, 'get' | 'isWithdrawn'>;
  requests: Pick<RequestStore, 'get'>;
  clock: Clock;
}

const NEVER = 0;
const FOREVER = Number.POSITIVE_INFINITY;

/** A verdict is the time (Unix ms) until which it is yes: a grant may expire without anything being written. */
export function createMayRead(deps: MayReadDeps): Pick<Sites, 'granted' | 'mayRead'> {
  const { shared, catalogue, sites, requests, clock } = deps;

  const grantedUntil = whileUnchanged(catalogue.version, origin => {
    const row = sites.get(origin);
    return row ? (row.expiresAt ?? FOREVER) : NEVER;
  });

  /** Held and shared with the site, or requested by it; never what the person blocked or the site withdrew. */
  function isReadable(origin: string, id: Id): boolean {
    if (shared.isBlocked(id) || sites.isWithdrawn(origin, id)) return false;
    if (catalogue.isShared(origin, id)) return true;
    const row = requests.get(origin, id);
    return row !== undefined && row.state !== 'cancelled';
  }

  const readable = whileUnchanged(catalogue.version, key => {
    const id = parseId(key.slice(0, ID_LENGTH));
    return id !== undefined && isReadable(key.slice(ID_LENGTH), id);
  });

  const granted = (origin: string) => grantedUntil(origin) > clock.now();
  return { granted, mayRead: (origin, id) => granted(origin) && readable(`${id}${origin}`) };
}

const ID_LENGTH = 40;
