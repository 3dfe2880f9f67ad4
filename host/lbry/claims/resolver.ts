/** Claims by URL: from what is recorded here, then from a hub. */

import type {
  ClaimQuery,
  ClaimStore,
  FoundClaim,
  LbryClaims,
  NoClaim,
  SearchRange,
  SearchResult,
} from '../../core/lbry-claims.ts';
import { claimValue } from './publish.ts';
import { createRecords, nameOf } from './records.ts';
import { ordered } from './search.ts';
import { type ClaimUrl, parseUrl } from './url.ts';

/** Somebody who knows claims by their URLs, in canonical form. */
export interface ClaimSource {
  /** Of what it does not know there is nothing in the answer. Never rejects but with the signal's reason. */
  resolve(urls: readonly ClaimUrl[], signal: AbortSignal): Promise<(FoundClaim | NoClaim | undefined)[]>;
  /** Never rejects but with the signal's reason. */
  search(query: ClaimQuery, range: SearchRange, signal: AbortSignal): Promise<SearchResult>;
}

export interface ClaimsDeps {
  store: ClaimStore;
  /** null: no hub is asked */
  hub: ClaimSource | null;
}

export function createClaims({ store, hub }: ClaimsDeps): LbryClaims {
  const records = createRecords(store);
  return {
    async resolve(urls, signal) {
      const known = new Map<string, FoundClaim | NoClaim>();
      const unknown = new Map<string, ClaimUrl>();
      for (const url of urls) {
        const parsed = parsedUrl(url);
        const found = 'error' in parsed ? parsed : records.find(parsed);
        if (found) known.set(url, found);
        else if (!('error' in parsed)) unknown.set(url, parsed);
      }
      const asked = hub && unknown.size > 0 ? await hub.resolve([...unknown.values()], signal) : [];
      for (const [index, url] of [...unknown.keys()].entries()) known.set(url, asked[index] ?? notFound(url, hub));
      return new Map(urls.flatMap(url => [[url, known.get(url) ?? notFound(url, hub)] as const]));
    },
    async search(query, { offset, limit }, signal) {
      const isForHubs = Object.keys(query.more).length > 0;
      const own = isForHubs ? [] : ordered(await records.search(query, signal), query);
      const here = own.slice(offset, offset + limit);
      if (!hub) return { claims: here, total: own.length, trouble: null };
      const left = limit - here.length;
      // Where the page is full, how many there are is to be known all the same.
      const rest = { offset: Math.max(0, offset - own.length), limit: Math.max(1, left) };
      const { claims, total, trouble } = await hub.search(query, rest, signal);
      const known = new Set(own.map(({ claim }) => claim.claim_id));
      const others = claims.slice(0, left).filter(({ claim }) => !known.has(claim.claim_id));
      return { claims: [...here, ...others], total: own.length + total, trouble };
    },
    record: given => records.record(given),
    publish: (name, facts, source) => records.put(name, claimValue(facts, source)),
    assertName: name => void nameOf(name),
  };
}

function parsedUrl(url: string): ClaimUrl | NoClaim {
  try {
    return parseUrl(url);
  } catch (thrown) {
    return { error: { name: 'INVALID', text: thrown instanceof Error ? thrown.message : String(thrown) } };
  }
}

function notFound(url: string, hub: ClaimSource | null): NoClaim {
  const where = hub ? '' : ' It is not recorded here, and no hub is set (--lbry-hub).';
  return { error: { name: 'NOT_FOUND', text: `Could not find claim at "${url}".${where}` } };
}
