/** Claims by their names, as callers of LBRY know them: in the words of lbry-sdk's `resolve`, for they go out as they are. */

import type { InfoHash } from '../../shared/id.ts';

/**
 * `local`: it was published or imported here. `unverified`: a hub said so, and nothing shows that it is part of the chain.
 */
export type ClaimProof = 'local' | 'unverified';

export interface ResolvedClaim {
  type: 'claim';
  name: string;
  /** by which names are compared */
  normalized_name: string;
  /** null of a record that never was in a transaction */
  claim_id: string | null;
  claim_op: 'create' | 'update';
  txid: string | null;
  nout: number | null;
  /** of the block; null where it is not known */
  height: number | null;
  value_type: string | null;
  value: object;
  /** the value in hex, as it stands on the chain */
  protobuf: string;
  canonical_url: string;
  short_url: string;
  permanent_url: string;
  signing_channel?: ResolvedClaim | { channel_id: string };
  /** of a repost: what it repeats */
  reposted_claim?: ResolvedClaim;
  /** only of a claim that says it is signed */
  is_channel_signature_valid?: boolean;
  meta: Record<string, string | number | boolean>;
  proof: ClaimProof;
}

/** Where the bytes of a claim are: in a torrent, in a stream, or in either. */
export interface ClaimSources {
  infoHash: InfoHash | null;
  /** 96 hex digits */
  sdHash: string | null;
  /** of the file, as its publisher calls it */
  fileName: string | null;
}

export interface FoundClaim {
  claim: ResolvedClaim;
  sources: ClaimSources;
}

/** Why a URL leads to no claim. */
export interface NoClaim {
  error: { name: 'NOT_FOUND' | 'INVALID' | 'BLOCKED' | 'TIMEOUT'; text: string };
}

/** What is recorded here under a name. */
export interface ClaimRecord {
  name: string;
  claimId: string | null;
  /** as it stands on the chain */
  value: Uint8Array;
  /** the raw transaction, and the number of the output in it; null where there is none */
  place: { transaction: Uint8Array; output: number } | null;
}

/** As the store keeps them; one a name and claim id, the last word counts. */
export interface ClaimStore {
  put(key: string, record: ClaimRecord): void;
  /** of this normalised name, the last first */
  named(key: string): ClaimRecord[];
  withId(claimId: string): ClaimRecord | undefined;
  list(): ClaimRecord[];
  remove(key: string, claimId: string | null): boolean;
}

/** A claim in a form that people have it in: a value as hex or JSON, or a raw transaction in hex. */
export type GivenClaim = { name: string; value: string } | { name: string | null; transaction: string };

/** What a publisher says of a file. */
export interface ClaimFacts {
  title?: string | undefined;
  description?: string | undefined;
  author?: string | undefined;
  tags?: string[] | undefined;
  /** `en`, `zh-Hant-TW` */
  languages?: string[] | undefined;
  license?: string | undefined;
  license_url?: string | undefined;
  thumbnail_url?: string | undefined;
  /** Unix seconds */
  release_time?: number | undefined;
  /** LBC, BTC, USD */
  fee_currency?: string | undefined;
  /** decimal */
  fee_amount?: string | undefined;
  fee_address?: string | undefined;
  /** pixels, and seconds */
  width?: number | undefined;
  height?: number | undefined;
  duration?: number | undefined;
}

/** Where a published file can be had. */
export interface MadeSource extends Omit<ClaimSources, 'fileName'> {
  fileName: string;
  /** bytes */
  size: number;
  mediaType: string;
}

/**
 * What is searched for, in the words of lbry-sdk's `claim_search`: a claim must be all of it, and one of a list. What is left out
 * says nothing.
 */
export interface ClaimQuery {
  name?: string;
  text?: string;
  txid?: string;
  nout?: number;
  /** or the start of each */
  claim_ids?: string[];
  /** URL */
  channel?: string;
  channel_ids?: string[];
  not_channel_ids?: string[];
  has_channel_signature?: boolean;
  signature_valid?: boolean;
  claim_type?: string[];
  stream_types?: string[];
  media_types?: string[];
  any_tags?: string[];
  all_tags?: string[];
  not_tags?: string[];
  any_languages?: string[];
  has_source?: boolean;
  /** or the start of it */
  sd_hash?: string;
  bt_infohash?: string;
  /** with `^` before a field the least comes first */
  order_by?: string[];
  /** what only a hub can know: records of this home are none of it, then */
  more: Record<string, unknown>;
}

export interface SearchRange {
  offset: number;
  limit: number;
}

export interface SearchResult {
  claims: FoundClaim[];
  /** of all pages, as far as it is known */
  total: number;
  /** why no hub answered; null where one did, or none is set */
  trouble: string | null;
}

export interface LbryClaims {
  /** Records of this home, the last first, then what a hub finds. Throws `invalid` for a channel that is no URL. */
  search(query: ClaimQuery, range: SearchRange, signal: AbortSignal): Promise<SearchResult>;
  /** By URL, in their order. Never rejects for one that leads nowhere. */
  resolve(urls: readonly string[], signal: AbortSignal): Promise<Map<string, FoundClaim | NoClaim>>;
  /** Records it here. Throws `invalid` for what is no claim, or names none. */
  record(given: GivenClaim): FoundClaim[];
  /** Makes a claim and records it; nothing is put on the chain. Throws `invalid` for facts that none can say. */
  publish(name: string, facts: ClaimFacts, source: MadeSource): FoundClaim;
  /** Throws `invalid` for what no claim can be called. */
  assertName(name: string): void;
}
