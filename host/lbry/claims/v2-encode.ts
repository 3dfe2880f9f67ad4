/** Claims of version 2 as they are written: of streams that are published. */

import { create, type MessageInitShape } from '@bufbuild/protobuf';
import { base58 } from '@scure/base';
import { LsdError } from '../../../shared/errors.ts';
import { decimalsOf, parseAmount } from './amount.ts';
import { countries, currencies, languages, scripts } from './names.ts';
import { type Claim, ClaimSchema, type LanguageSchema } from './proto/claim_pb.ts';
import type { FeeSchema, SourceSchema, StreamSchema } from './proto/stream_pb.ts';
import type { ClaimView, FeeView, SourceView } from './view.ts';

/** What a person says of a stream that is published; all else of a claim is left out. */
export type StreamFacts = Pick<
  ClaimView,
  | 'title'
  | 'description'
  | 'thumbnail'
  | 'tags'
  | 'languages'
  | 'source'
  | 'author'
  | 'license'
  | 'license_url'
  | 'release_time'
  | 'fee'
  | 'image'
  | 'video'
  | 'audio'
  | 'software'
>;

/** Throws `invalid` for an amount of money or an address that is none, and for a language without a number. */
export function streamClaim(facts: StreamFacts): Claim {
  const { title = '', description = '', thumbnail, tags = [], source, author = '', license = '', fee } = facts;
  return create(ClaimSchema, {
    type: {
      case: 'stream',
      value: {
        author,
        license,
        licenseUrl: facts.license_url ?? '',
        releaseTime: BigInt(facts.release_time ?? 0),
        ...(source && { source: sourceOf(source) }),
        ...(fee && { fee: feeOf(fee) }),
        type: mediaOf(facts),
      },
    },
    title,
    description,
    tags,
    ...(thumbnail && { thumbnail: sourceOf(thumbnail) }),
    languages: (facts.languages ?? []).map(languageOf),
  });
}

function mediaOf({
  image,
  video,
  audio,
  software,
}: StreamFacts): NonNullable<MessageInitShape<typeof StreamSchema>['type']> {
  if (image) return { case: 'image', value: image };
  if (video) return { case: 'video', value: video };
  if (audio) return { case: 'audio', value: audio };
  if (software) return { case: 'software', value: software };
  return { case: undefined };
}

function sourceOf(source: SourceView): MessageInitShape<typeof SourceSchema> {
  const { hash = '', name = '', size = '0', media_type = '', url = '', sd_hash = '', bt_infohash = '' } = source;
  return {
    hash: bytesOf(hash),
    name,
    size: BigInt(size),
    mediaType: media_type,
    url,
    sdHash: bytesOf(sd_hash),
    btInfohash: bytesOf(bt_infohash),
  };
}

function feeOf({ currency = 'LBC', address, amount = '0' }: FeeView): MessageInitShape<typeof FeeSchema> {
  const number = currencies.numberOf(currency);
  if (number === undefined)
    throw new LsdError('invalid', `"${currency}" is no currency of a fee: it must be LBC, BTC or USD.`);
  return {
    currency: number,
    ...(address !== undefined && { address: addressBytes(address) }),
    amount: parseAmount(amount, decimalsOf(currency)),
  };
}

export function addressBytes(text: string): Uint8Array {
  try {
    return base58.decode(text);
  } catch (cause) {
    throw new LsdError('invalid', 'The address in this claim is not written in base58.', { cause });
  }
}

function languageOf(tag: string): MessageInitShape<typeof LanguageSchema> {
  const numbers = { language: 0, script: 0, region: 0 };
  for (const name of tag.split('-')) {
    numbers.language ||= languages.numberOf(name) ?? 0;
    numbers.script ||= scripts.numberOf(name) ?? 0;
    numbers.region ||= countries.numberOf(name) ?? 0;
  }
  if (numbers.language + numbers.script + numbers.region > 0) return numbers;
  throw new LsdError('invalid', `"${tag}" is no language that a claim can name: it must be as "en" or "zh-Hant-TW".`);
}

function bytesOf(hex: string): Uint8Array {
  return Buffer.from(hex, 'hex');
}
