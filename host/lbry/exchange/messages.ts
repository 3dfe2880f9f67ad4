/** What is asked for and answered between blob peers: four keys each, in any combination. */

import * as v from 'valibot';
import { type BlobHash, MAX_BLOB_BYTES, parseBlobHash } from '../blob.ts';

export interface BlobRequest {
  /** which of these are held? */
  requestedBlobs?: BlobHash[];
  /** where would you be paid? */
  wantsAddress: boolean;
  /** a price was offered */
  hasRate: boolean;
  requestedBlob?: BlobHash;
}

/** `silent`: a hash in it is none, to which lbry-sdk says nothing; `refused`: it closes the connection. */
export type ReadRequest = BlobRequest | 'silent' | 'refused';

const hash = v.pipe(v.string(), v.maxLength(200));
const requestSchema = v.object({
  requested_blobs: v.optional(v.pipe(v.array(hash), v.minLength(1))),
  lbrycrd_address: v.optional(v.boolean()),
  blob_data_payment_rate: v.optional(v.number()),
  requested_blob: v.optional(hash),
});

export function readRequest(json: object): ReadRequest {
  const result = v.safeParse(requestSchema, json);
  if (!result.success) return 'refused';
  const { requested_blobs, lbrycrd_address, blob_data_payment_rate, requested_blob } = result.output;
  const known = [requested_blobs, lbrycrd_address, blob_data_payment_rate, requested_blob];
  if (known.every(value => value === undefined)) return 'refused';
  const asked = requested_blobs?.map(parseBlobHash);
  const wanted = parseBlobHash(requested_blob);
  if (asked?.includes(undefined) || (requested_blob !== undefined && !wanted)) return 'silent';
  return {
    ...(asked && { requestedBlobs: asked.filter(each => each !== undefined) }),
    wantsAddress: lbrycrd_address === true,
    hasRate: blob_data_payment_rate !== undefined,
    ...(wanted && { requestedBlob: wanted }),
  };
}

/** For one blob, with all keys, byte for byte as lbry-sdk asks: some servers answer to nothing less. */
export function writeRequest(hash: BlobHash): string {
  return `{"requested_blobs": ["${hash}"], "lbrycrd_address": true, "blob_data_payment_rate": 0.0, "requested_blob": "${hash}"}`;
}

export interface BlobReply {
  incoming?: { hash: BlobHash; length: number } | { error: string };
  availableBlobs?: BlobHash[];
  /** '' for none */
  address?: string;
  isRateAccepted?: boolean;
}

/** In the order of lbry-sdk. A key that is not among the four, or an address that is no text, breaks other clients. */
export function writeReply({ incoming, isRateAccepted, availableBlobs, address }: BlobReply): string {
  return JSON.stringify({
    ...(incoming && {
      incoming_blob: 'error' in incoming ? incoming : { blob_hash: incoming.hash, length: incoming.length },
    }),
    ...(isRateAccepted !== undefined && { blob_data_payment_rate: isRateAccepted ? 'RATE_ACCEPTED' : 'RATE_TOO_LOW' }),
    ...(availableBlobs && { available_blobs: availableBlobs }),
    ...(address !== undefined && { lbrycrd_address: address }),
  });
}

const replySchema = v.object({
  incoming_blob: v.optional(
    v.object({
      error: v.optional(v.unknown()),
      blob_hash: v.optional(v.string()),
      length: v.optional(v.pipe(v.number(), v.integer(), v.minValue(0), v.maxValue(MAX_BLOB_BYTES))),
    }),
  ),
  available_blobs: v.optional(v.array(v.string())),
});

/**
 * How many bytes of the blob follow; 0 where the peer has it not, or gives it not. `unset`: it wants to agree on a rate first, as
 * lbrynet did. Undefined for what is no reply.
 */
export function bytesToCome(json: object, hash: BlobHash): number | 'unset' | undefined {
  const result = v.safeParse(replySchema, json);
  if (!result.success) return undefined;
  const incoming = result.output.incoming_blob;
  if (incoming?.error === 'RATE_UNSET') return 'unset';
  // reflector.go says an error by a text beside an empty hash; an empty error beside a hash is none.
  if (!incoming || incoming.error) return 0;
  return incoming.blob_hash === hash ? incoming.length : undefined;
}

/** What this client pays, and all that anybody pays today. */
export const RATE_OFFER = '{"blob_data_payment_rate": 0.0}';

/** Undefined for what is no answer to an offer. */
export function isRateAccepted(json: object): boolean | undefined {
  if (!('blob_data_payment_rate' in json)) return undefined;
  return json.blob_data_payment_rate === 'RATE_ACCEPTED';
}
