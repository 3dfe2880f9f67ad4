/** A claim as `resolve` shows it, wherever it was found. */

import type { ClaimProof, ClaimSources, FoundClaim, ResolvedClaim } from '../../core/lbry-claims.ts';
import type { PlacedClaim } from './in-transaction.ts';
import { normalName } from './normal-name.ts';
import { isSigned, publicKeyOf } from './signature.ts';
import { type Transaction, txidOf } from './transaction.ts';
import { formatUrl } from './url.ts';
import { encodeClaim, typeOf, viewOf } from './value.ts';

/** A claim, and what is known of the place it was found at. */
export interface ClaimInPlace extends Omit<PlacedClaim, 'claimId' | 'output'> {
  /** null of a record that never was in a transaction */
  claimId: string | null;
  place: { transaction: Transaction; output: number } | null;
  height: number | null;
  proof: ClaimProof;
  /** what a hub says besides */
  meta: ResolvedClaim['meta'];
}

/** `channel`: the claim that this one says it is signed by, where that was found. */
export function foundClaim(at: ClaimInPlace, channel: ClaimInPlace | undefined): FoundClaim {
  return { claim: resolved(at, channel), sources: sourcesOf(at) };
}

function resolved(at: ClaimInPlace, channel: ClaimInPlace | undefined): ResolvedClaim {
  const { name, claimId, value, place, proof } = at;
  const { signature } = value;
  const isValid = channel !== undefined && isSignedBy(at, channel);
  const own = { name, ...(claimId !== null && { claimId }) };
  const above = isValid && channel.claimId !== null ? { name: channel.name, claimId: channel.claimId } : undefined;
  return {
    type: 'claim',
    name,
    normalized_name: normalName(name),
    claim_id: claimId,
    claim_op: at.operation,
    txid: place && txidOf(place.transaction),
    nout: place?.output ?? null,
    height: at.height,
    value_type: typeOf(value) ?? null,
    value: viewOf(value),
    protobuf: Buffer.from(encodeClaim(value)).toString('hex'),
    canonical_url: formatUrl(above ? { channel: above, stream: own } : { stream: own }),
    short_url: formatUrl({ stream: own }),
    permanent_url: formatUrl({ stream: own }),
    ...(signature && {
      signing_channel: channel ? resolved(channel, undefined) : { channel_id: signature.channelId },
      is_channel_signature_valid: isValid,
    }),
    meta: at.meta,
    proof,
  };
}

/** Whether the claim names this channel, and its key signed it. */
export function isSignedBy({ value, place }: ClaimInPlace, channel: ClaimInPlace): boolean {
  const key = publicKeyOf(channel.value);
  if (!key || !place || value.signature?.channelId !== channel.claimId) return false;
  return isSigned(value, place, key);
}

function sourcesOf({ value }: ClaimInPlace): ClaimSources {
  const { bt_infohash = null, sd_hash = null, name = null } = viewOf(value).source ?? {};
  return { infoHash: bt_infohash, sdHash: sd_hash, fileName: name };
}
