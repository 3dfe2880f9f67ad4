/** Claims of version 2 as lbry-sdk shows them. */

import { base58 } from '@scure/base';
import { parseInfoHash } from '../../../shared/id.ts';
import { parseBlobHash } from '../blob.ts';
import { decimalsOf, formatAmount } from './amount.ts';
import { compressedKey } from './channel-key.ts';
import { countries, currencies, languages, scripts } from './names.ts';
import type { Channel, Claim, Language, Location } from './proto/claim_pb.ts';
import type { Fee, Source, Stream } from './proto/stream_pb.ts';
import { idOfHash } from './script.ts';
import {
  type ClaimType,
  type ClaimView,
  type FeeView,
  type LocationView,
  type SourceView,
  streamTypeOf,
  withoutEmpty,
} from './view.ts';

export function typeOfV2({ type }: Claim): ClaimType | undefined {
  return type.case;
}

export function viewOfV2(claim: Claim): ClaimView {
  const { title, description, thumbnail, tags } = claim;
  return withoutEmpty<ClaimView>({
    ...ofType(claim),
    title,
    description,
    ...(thumbnail && { thumbnail: sourceView(thumbnail) }),
    tags,
    languages: claim.languages.map(languageTag).filter(tag => tag !== ''),
    locations: claim.locations.map(locationView),
  });
}

function ofType({ type }: Claim): ClaimView {
  switch (type.case) {
    case 'stream':
      return streamView(type.value);
    case 'channel':
      return channelView(type.value);
    case 'collection':
      return { claims: type.value.claimReferences.map(({ claimHash }) => idOfHash(claimHash)) };
    case 'repost':
      return { claim_id: idOfHash(type.value.claimHash) };
    default:
      return {};
  }
}

function channelView({ publicKey, email, websiteUrl, cover, featured }: Channel): ClaimView {
  return {
    public_key: compressedKey(publicKey) ?? hex(publicKey),
    email,
    website_url: websiteUrl,
    ...(cover && { cover: sourceView(cover) }),
    ...(featured && { featured: featured.claimReferences.map(({ claimHash }) => idOfHash(claimHash)) }),
  };
}

function streamView({ source, author, license, licenseUrl, releaseTime, fee, type }: Stream): ClaimView {
  return {
    ...(source && { source: sourceView(source) }),
    author,
    license,
    license_url: licenseUrl,
    release_time: releaseTime === 0n ? '' : releaseTime.toString(),
    ...(fee && { fee: feeView(fee) }),
    stream_type: source?.mediaType ? streamTypeOf(source.mediaType) : '',
    ...mediaView(type),
  };
}

function mediaView(type: Stream['type']): ClaimView {
  switch (type.case) {
    case 'image': {
      const { width, height } = type.value;
      return { image: withoutEmpty({ width, height }) };
    }
    case 'video': {
      const { width, height, duration, audio } = type.value;
      const sound = audio && { audio: withoutEmpty({ duration: audio.duration }) };
      return { video: withoutEmpty({ width, height, duration, ...sound }) };
    }
    case 'audio':
      return { audio: withoutEmpty({ duration: type.value.duration }) };
    case 'software':
      return { software: withoutEmpty({ os: type.value.os }) };
    default:
      return {};
  }
}

function sourceView({ hash, name, size, mediaType, url, sdHash, btInfohash }: Source): SourceView {
  const sd = parseBlobHash(hex(sdHash));
  const torrent = parseInfoHash(hex(btInfohash));
  return withoutEmpty<SourceView>({
    hash: hex(hash),
    name,
    size: size === 0n ? '' : size.toString(),
    media_type: mediaType,
    url,
    ...(sd && { sd_hash: sd }),
    ...(torrent && { bt_infohash: torrent }),
  });
}

function feeView({ currency, address, amount }: Fee): FeeView {
  const name = currencies.nameOf(currency) ?? '';
  return withoutEmpty<FeeView>({
    currency: name,
    address: base58.encode(address),
    amount: formatAmount(amount, decimalsOf(name)),
  });
}

function languageTag({ language, script, region }: Language): string {
  const names = [languages.nameOf(language), scripts.nameOf(script), countries.nameOf(region)];
  return names.filter(name => name !== undefined).join('-');
}

const DEGREE = 10_000_000;

function locationView({ country, state, city, code, latitude, longitude }: Location): LocationView {
  const degrees = (value: number) => (value === 0 ? '' : String(value / DEGREE));
  return withoutEmpty<LocationView>({
    country: countries.nameOf(country) ?? '',
    state,
    city,
    code,
    latitude: degrees(latitude),
    longitude: degrees(longitude),
  });
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}
