/** Claims are searched for: among those that are recorded here, then by a hub. */

import * as v from 'valibot';
import type { ClaimQuery } from '../../../core/lbry-claims.ts';
import { type Method, method } from '../method.ts';
import { PAGE } from '../pages.ts';
import { count, flag, ignored, text, texts } from '../parameters.ts';
import { CLAIM } from './claims.ts';

/** lbry-sdk's limit */
const MOST_ON_A_PAGE = 50;

const BY_WHAT_A_CLAIM_SAYS = {
  name: v.exactOptional(text('name')),
  text: v.exactOptional(text('words that its name, title, description, author or tags have')),
  txid: v.exactOptional(text('its transaction')),
  nout: v.exactOptional(count('output of that transaction')),
  claim_id: v.exactOptional(text('its id, or the start of it')),
  claim_ids: v.exactOptional(texts('its id is one of these')),
  channel: v.exactOptional(text('URL of the channel that signed it')),
  channel_ids: v.exactOptional(texts('id of the channel that signed it is one of these')),
  not_channel_ids: v.exactOptional(texts('nor is it one of these')),
  has_channel_signature: v.exactOptional(flag('it says that a channel signed it')),
  valid_channel_signature: v.exactOptional(flag('a channel signed it')),
  invalid_channel_signature: v.exactOptional(flag('it says so, and none did')),
  claim_type: v.exactOptional(texts('stream, channel, repost or collection')),
  stream_types: v.exactOptional(texts('video, audio, image, document, binary or model')),
  media_types: v.exactOptional(texts('media type, as video/mp4')),
  any_tags: v.exactOptional(texts('it has one of these tags')),
  all_tags: v.exactOptional(texts('it has all of these tags')),
  not_tags: v.exactOptional(texts('it has none of these tags')),
  any_languages: v.exactOptional(texts('it has one of these languages')),
  has_source: v.exactOptional(flag('it names a file')),
  has_no_source: v.exactOptional(flag('it names none')),
  sd_hash: v.exactOptional(text('hash of its stream descriptor, or the start of it')),
  bt_infohash: v.exactOptional(text('info hash of its torrent')),
};

const passedOn = v.pipe(v.unknown(), v.description('asked of the hub, as only that can know it'));
const BY_WHAT_A_HUB_KNOWS = Object.fromEntries(
  [
    'limit_claims_per_channel is_controlling release_time public_key_id timestamp creation_timestamp height',
    'creation_height activation_height expiration_height amount effective_amount support_amount trending_group',
    'trending_mixed trending_local trending_global trending_score reposted_claim_id reposted fee_currency fee_amount',
    'duration all_languages not_languages any_locations all_locations not_locations',
  ]
    .join(' ')
    .split(' ')
    .map(name => [name, v.exactOptional(passedOn)]),
);

const WITHOUT_EFFECT = Object.fromEntries(
  'wallet_id new_sdk_server include_purchase_receipt include_is_my_output no_totals remove_duplicates'
    .split(' ')
    .map(name => [name, v.exactOptional(ignored)]),
);

const SEARCH = v.strictObject({
  ...BY_WHAT_A_CLAIM_SAYS,
  order_by: v.exactOptional(texts('field that they are sorted by, with ^ before it the least first')),
  ...PAGE,
  ...BY_WHAT_A_HUB_KNOWS,
  ...WITHOUT_EFFECT,
});

function queryOf(given: v.InferOutput<typeof SEARCH>): ClaimQuery {
  const known = new Set([...Object.keys(BY_WHAT_A_CLAIM_SAYS), 'order_by']);
  const forHubs = Object.entries(given).filter(([name]) => Object.hasOwn(BY_WHAT_A_HUB_KNOWS, name));
  const ownWords = v.parse(
    v.object({ ...BY_WHAT_A_CLAIM_SAYS, order_by: SEARCH.entries.order_by }),
    Object.fromEntries(Object.entries(given).filter(([name]) => known.has(name))),
  );
  const { claim_id, claim_ids, has_no_source, valid_channel_signature, invalid_channel_signature, ...rest } = ownWords;
  const ids = [...(claim_id === undefined ? [] : [claim_id]), ...(claim_ids ?? [])];
  return {
    ...rest,
    ...(ids.length > 0 && { claim_ids: ids }),
    ...(has_no_source && { has_source: false }),
    ...(valid_channel_signature && { signature_valid: true }),
    ...(invalid_channel_signature && { signature_valid: false }),
    more: Object.fromEntries(forHubs),
  };
}

export const SEARCHING: readonly Method[] = [
  method({
    name: 'claim_search',
    summary:
      'Searches for claims: first those that are recorded here, the last first, then what a hub finds, where one is set (--lbry-hub). What a hub says is checked as by resolve.',
    takes: SEARCH,
    returns: `{items: [{${CLAIM}}], page, page_size, total_items, total_pages}; hub_error where the hub failed`,
    async work(given, { claims }, signal) {
      const size = Math.min(given.page_size, MOST_ON_A_PAGE);
      const range = { offset: (given.page - 1) * size, limit: size };
      const found = await claims.search(queryOf(given), range, signal);
      return {
        items: found.claims.map(({ claim }) => claim),
        page: given.page,
        page_size: size,
        total_items: found.total,
        total_pages: Math.ceil(found.total / size),
        ...(found.trouble !== null && { hub_error: found.trouble }),
      };
    },
  }),
];
