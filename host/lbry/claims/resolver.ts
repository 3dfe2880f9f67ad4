/** Claims by URL: from what is recorded here, then from a hub. */

import type { ClaimStore, FoundClaim, LbryClaims, NoClaim } from '../../core/lbry-claims.ts';
import { claimValue } from './publish.ts';
import { createRecords, nameOf } from './records.ts';
import { type ClaimUrl, parseUrl } from './url.ts';

/** Somebody who knows claims by their URLs, in canonical form. */
export interface ClaimSource {
  /** Of what it does not know there is nothing in the answer. Never rejects but with the signal's reason. */
  resolve(urls: readonly ClaimUrl[], signal: AbortSignal): Promise<(FoundClaim | NoClaim | undefined)[]>;
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
