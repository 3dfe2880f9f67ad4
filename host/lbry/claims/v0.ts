/** Claims of version 0 (2016): JSON text, the value itself. */

import * as v from 'valibot';
import { parseInfoHash } from '../../../shared/id.ts';
import { parseBlobHash } from '../blob.ts';
import { type ClaimView, type FeeView, streamTypeOf, withoutEmpty } from './view.ts';

const text = v.optional(v.nullable(v.string()));
const schema = v.looseObject({
  title: text,
  description: text,
  author: text,
  language: text,
  license: text,
  license_url: text,
  'content-type': text,
  content_type: text,
  thumbnail: text,
  sources: v.optional(v.looseObject({ lbry_sd_hash: text, btih: text, url: text })),
  fee: v.optional(v.nullable(v.record(v.string(), v.looseObject({ amount: v.optional(v.number()), address: text })))),
});

/** Every key that it had; those of the schema have its types. */
export type V0Claim = v.InferInput<typeof schema>;

/** As it came, keys in their order; undefined for what is no such claim. */
export function readV0(json: unknown): V0Claim | undefined {
  return v.is(schema, json) ? json : undefined;
}

export function viewOfV0(claim: V0Claim): ClaimView {
  const mediaType = claim.content_type ?? claim['content-type'] ?? '';
  const { lbry_sd_hash, btih, url } = claim.sources ?? {};
  const sd = parseBlobHash(lbry_sd_hash);
  const torrent = parseInfoHash(btih);
  const fee = feeView(claim);
  return withoutEmpty<ClaimView>({
    title: claim.title ?? '',
    description: claim.description ?? '',
    ...(claim.thumbnail && { thumbnail: { url: claim.thumbnail } }),
    // Some wrote its name.
    languages: claim.language ? [claim.language === 'English' ? 'en' : claim.language] : [],
    source: withoutEmpty({
      media_type: mediaType,
      url: url ?? '',
      ...(sd && { sd_hash: sd }),
      ...(torrent && { bt_infohash: torrent }),
    }),
    author: claim.author ?? '',
    license: claim.license ?? '',
    license_url: claim.license_url ?? '',
    ...(fee && { fee }),
    stream_type: mediaType === '' ? '' : streamTypeOf(mediaType),
  });
}

function feeView({ fee }: V0Claim): FeeView | undefined {
  const [currency, price] = Object.entries(fee ?? {})[0] ?? [];
  if (currency === undefined || !price) return undefined;
  return withoutEmpty<FeeView>({
    currency,
    address: price.address ?? '',
    amount: price.amount === undefined ? '' : String(price.amount),
  });
}
