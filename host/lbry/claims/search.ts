/** Which claims a search means, in the words of lbry-sdk's `claim_search`. Pure. */

import type { ClaimQuery, FoundClaim, ResolvedClaim } from '../../core/lbry-claims.ts';
import { normalName } from './normal-name.ts';
import { parseUrl } from './url.ts';
import type { ClaimView } from './view.ts';

type Test = (query: ClaimQuery, found: Searched) => boolean;

interface Searched extends FoundClaim {
  view: ClaimView;
  /** of the channel that it says it is signed by */
  channelId: string | undefined;
}

/** Each is true where the query says nothing of it. */
const TESTS: readonly Test[] = [
  ({ name }, { claim }) => name === undefined || normalName(name) === claim.normalized_name,
  ({ text }, found) => text === undefined || hasWords(text, found),
  ({ txid }, { claim }) => txid === undefined || txid === claim.txid,
  ({ nout }, { claim }) => nout === undefined || nout === claim.nout,
  ({ claim_ids: ids }, { claim }) => ids === undefined || ids.some(id => claim.claim_id?.startsWith(id)),
  ({ channel }, { claim }) => channel === undefined || isChannel(channel, claim),
  ({ channel_ids: ids }, { channelId }) => isAmong(channelId, ids),
  ({ not_channel_ids: ids = [] }, { channelId }) => channelId === undefined || !ids.includes(channelId),
  ({ has_channel_signature: has }, { channelId }) => has === undefined || has === (channelId !== undefined),
  ({ signature_valid: valid }, { claim }) => valid === undefined || valid === claim.is_channel_signature_valid,
  ({ claim_type: types }, { claim }) => isAmong(claim.value_type, types),
  ({ stream_types: types }, { view }) => isAmong(view.stream_type, types),
  ({ media_types: types }, { view }) => isAmong(view.source?.media_type, types),
  ({ any_tags: tags }, { view }) => tags === undefined || tags.some(tag => hasTag(view, tag)),
  ({ all_tags: tags = [] }, { view }) => tags.every(tag => hasTag(view, tag)),
  ({ not_tags: tags = [] }, { view }) => !tags.some(tag => hasTag(view, tag)),
  ({ any_languages: all }, { view }) => all === undefined || all.some(each => view.languages?.includes(each)),
  ({ has_source: has }, { view }) => has === undefined || has === (view.source !== undefined),
  ({ sd_hash }, { sources }) => sd_hash === undefined || sources.sdHash?.startsWith(sd_hash.toLowerCase()) === true,
  ({ bt_infohash }, { sources }) => bt_infohash === undefined || sources.infoHash === bt_infohash.toLowerCase(),
];

export function isMeant(query: ClaimQuery, found: FoundClaim): boolean {
  const { signing_channel: channel } = found.claim;
  const channelId = channel && ('channel_id' in channel ? channel.channel_id : (channel.claim_id ?? undefined));
  const searched = { ...found, view: found.claim.value as ClaimView, channelId };
  return TESTS.every(test => test(query, searched));
}

/** By the first field that is known of records; as they come, else. */
export function ordered(found: FoundClaim[], { order_by: [first = ''] = [] }: ClaimQuery): FoundClaim[] {
  const field = first.replace(/^[\^+-]/, '');
  const key = KEYS[field];
  if (!key) return found;
  const direction = first.startsWith('^') ? 1 : -1;
  return found.toSorted((a, b) => direction * compare(key(a.claim), key(b.claim)));
}

const KEYS: Record<string, (claim: ResolvedClaim) => string | number> = {
  name: claim => claim.normalized_name,
  release_time: ({ value }) => Number((value as ClaimView).release_time ?? 0),
};

function compare(a: string | number, b: string | number): number {
  return a < b ? -1 : Number(a > b);
}

function isAmong(value: string | null | undefined, all: readonly string[] | undefined): boolean {
  return all === undefined || (value !== null && value !== undefined && all.includes(value));
}

function hasTag({ tags = [] }: ClaimView, tag: string): boolean {
  return tags.some(each => each.toLowerCase() === tag.toLowerCase());
}

function hasWords(text: string, { claim, view }: Searched): boolean {
  const { title = '', description = '', author = '', tags = [] } = view;
  const all = [claim.name, title, description, author, ...tags].join('\n').toLowerCase();
  return text
    .toLowerCase()
    .split(/\s+/)
    .every(word => all.includes(word));
}

function isChannel(
  url: string,
  { signing_channel: channel, is_channel_signature_valid: isValid }: ResolvedClaim,
): boolean {
  const { channel: meant } = parseUrl(url);
  if (!meant || !channel || 'channel_id' in channel || !isValid) return false;
  const isIt = meant.claimId === undefined || channel.claim_id?.startsWith(meant.claimId) === true;
  return isIt && normalName(meant.name) === channel.normalized_name;
}
