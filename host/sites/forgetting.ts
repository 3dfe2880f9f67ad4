/** Asks a site to forget what it was told: its requests are taken back, and every id that this home reported is removed. */

import type { Forgotten } from '../../shared/grants.ts';
import type { Id } from '../../shared/id.ts';
import type { RequestStore, SiteStore } from '../core/stored.ts';
import { createIdList } from './id-list.ts';
import type { Links } from './links.ts';
import { parseListed } from './replies.ts';

/** The most ids that one call may carry. */
const MAX_IDS = 10_000;

export interface ForgettingDeps {
  sites: Pick<SiteStore, 'reportedIds' | 'unmarkReported'>;
  requests: Pick<RequestStore, 'ofSite'>;
  links: Pick<Links, 'call'>;
}

/** May end anywhere; asked again, it goes on where it was. What this home never reported is not its to remove. */
export async function askToForget(deps: ForgettingDeps, origin: string, signal: AbortSignal): Promise<Forgotten> {
  const { sites, requests, links } = deps;
  const wanted = requests.ofSite(origin).filter(row => row.state !== 'done' || !row.settled);
  for (const ids of batches(wanted.map(row => row.id))) await links.call(origin, 'removeRequests', { ids }, { signal });

  let removed = 0;
  for (const remove of batches([...sites.reportedIds(origin)])) {
    await links.call(origin, 'sync', { add: [], remove }, { signal });
    sites.unmarkReported(origin, remove);
    removed += remove.length;
  }
  return { removed, requests: wanted.length, kept: await stillListed(deps, origin, signal) };
}

async function stillListed({ links }: ForgettingDeps, origin: string, signal: AbortSignal): Promise<number> {
  const listed = createIdList();
  const rest = await links.call(origin, 'sync', {}, { signal, take: { field: 'ids', into: listed } });
  return listed.length + parseListed(rest).length;
}

function* batches(ids: Id[]): Generator<Id[]> {
  for (let at = 0; at < ids.length; at += MAX_IDS) yield ids.slice(at, at + MAX_IDS);
}
