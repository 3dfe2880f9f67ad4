/** Claims that are made here, of files of the person's: written as lbry-sdk writes them, and put on no chain. */

import type { ClaimFacts, MadeSource } from '../../core/lbry-claims.ts';
import { readBlobHash } from '../blob.ts';
import { type StreamFacts, streamClaim } from './v2-encode.ts';
import { encodeClaim, unsignedValue } from './value.ts';
import { withoutEmpty } from './view.ts';

/** The value, as it would stand on the chain. Throws `invalid` for facts that no claim can say. */
export function claimValue(facts: ClaimFacts, source: MadeSource): Uint8Array {
  const { thumbnail_url, fee_currency, fee_amount, fee_address, width, height, duration, release_time, ...rest } =
    facts;
  const { infoHash, sdHash, fileName, size, mediaType } = source;
  const claim = streamClaim({
    ...withoutEmpty<StreamFacts>(rest),
    release_time: String(release_time ?? 0),
    ...(thumbnail_url !== undefined && { thumbnail: { url: thumbnail_url } }),
    ...(fee_amount !== undefined && {
      fee: {
        amount: fee_amount,
        ...(fee_currency !== undefined && { currency: fee_currency.toUpperCase() }),
        ...(fee_address !== undefined && { address: fee_address }),
      },
    }),
    source: {
      name: fileName,
      size: String(size),
      media_type: mediaType,
      ...(infoHash !== null && { bt_infohash: infoHash }),
      ...(sdHash !== null && { sd_hash: readBlobHash(sdHash) }),
    },
    ...shapeOf(mediaType, { width, height, duration }),
  });
  return encodeClaim(unsignedValue(claim));
}

interface Shape {
  width: number | undefined;
  height: number | undefined;
  duration: number | undefined;
}

/** What kind of stream it is stands in the claim even where nothing more is known of it. */
function shapeOf(
  mediaType: string,
  { width = 0, height = 0, duration = 0 }: Shape,
): Pick<StreamFacts, 'video' | 'audio' | 'image'> {
  if (mediaType.startsWith('video/')) return { video: { width, height, duration } };
  if (mediaType.startsWith('audio/')) return { audio: { duration } };
  if (mediaType.startsWith('image/')) return { image: { width, height } };
  return {};
}
