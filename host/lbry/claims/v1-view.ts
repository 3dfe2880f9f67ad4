/** Claims of version 1 as lbry-sdk shows them today: in the words of version 2. */

import { base58 } from '@scure/base';
import { type InfoHash, parseInfoHash } from '../../../shared/id.ts';
import { type BlobHash, parseBlobHash } from '../blob.ts';
import { decimalsOf, formatAmount } from './amount.ts';
import { compressedKey } from './channel-key.ts';
import { currencies, languages } from './names.ts';
import type { Claim, Fee, Source, Stream } from './proto/legacy_pb.ts';
import { type ClaimType, type ClaimView, type FeeView, streamTypeOf, withoutEmpty } from './view.ts';

/** Numbers of what version 1 knew; the second of sources is not official: one bounty's, and ours. */
export const STREAM = 1;
const CHANNEL = 2;
export const SD_HASH = 1;
export const BTIH = 2;

export function typeOfV1({ claimType }: Claim): ClaimType | undefined {
  if (claimType === STREAM) return 'stream';
  return claimType === CHANNEL ? 'channel' : undefined;
}

export function viewOfV1(claim: Claim): ClaimView {
  if (claim.claimType === STREAM && claim.stream) return withoutEmpty(streamView(claim.stream));
  const key = claim.certificate?.publicKey;
  return key ? { public_key: compressedKey(key) ?? Buffer.from(key).toString('hex') } : {};
}

function streamView({ metadata, source }: Stream): ClaimView {
  const language = languages.nameOf(metadata?.language ?? 0);
  return {
    title: metadata?.title ?? '',
    description: metadata?.description ?? '',
    // A thumbnail of no URL is one, too: so lbry-sdk has it.
    ...(metadata?.thumbnail !== undefined && { thumbnail: withoutEmpty({ url: metadata.thumbnail }) }),
    languages: language === undefined ? [] : [language],
    ...(source && { source: withoutEmpty({ media_type: source.contentType ?? '', ...sourceOfV1(source) }) }),
    author: metadata?.author ?? '',
    license: metadata?.license ?? '',
    license_url: metadata?.licenseUrl ?? '',
    ...(metadata?.fee && { fee: feeView(metadata.fee) }),
    stream_type: source?.contentType ? streamTypeOf(source.contentType) : '',
  };
}

/** Empty where it is of another type, or not as long as it must be. */
function sourceOfV1({ sourceType, source }: Source): { sd_hash?: BlobHash; bt_infohash?: InfoHash } {
  const bytes = Buffer.from(source ?? []);
  if (sourceType === SD_HASH) {
    const hash = parseBlobHash(bytes.toString('hex'));
    return hash ? { sd_hash: hash } : {};
  }
  // The bounty's claims hold the 40 digits as text.
  const torrent = parseInfoHash(bytes.length === 40 ? bytes.toString('latin1') : bytes.toString('hex'));
  return sourceType === BTIH && torrent ? { bt_infohash: torrent } : {};
}

/** Money was a float32 then: the nearest whole number of the smallest part is what was meant. */
function feeView({ currency, address, amount = 0 }: Fee): FeeView {
  const name = currencies.nameOf(currency ?? 0) ?? '';
  const decimals = decimalsOf(name);
  const smallest = Math.round(amount * 10 ** decimals);
  return withoutEmpty<FeeView>({
    currency: name,
    address: base58.encode(address ?? new Uint8Array()),
    amount: formatAmount(smallest >= 0 && Number.isSafeInteger(smallest) ? BigInt(smallest) : 0n, decimals),
  });
}
