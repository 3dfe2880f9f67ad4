/** Claims for people and programs, in the words of lbry-sdk's `resolve`. */

import { LsdError } from '../../../shared/errors.ts';
import { claimsIn } from './in-transaction.ts';
import { isSigned, publicKeyOf } from './signature.ts';
import { decodeTransaction, txidOf } from './transaction.ts';
import { v1FromJson, v1ToJson } from './v1-json.ts';
import { type ClaimValue, decodeClaim, encodeClaim, typeOf, viewOf } from './value.ts';
import type { ClaimType, ClaimView } from './view.ts';

export interface ShownValue {
  /** in which it is written: 0, 1 or 2 */
  version: number;
  value_type: ClaimType | null;
  value: ClaimView;
  /** of version 1: all of it, as lbrynet showed it */
  claim?: Record<string, unknown>;
  /** hex, as it stands on the chain */
  hex: string;
  /** id of the channel that it says it is signed by */
  signing_channel_id?: string;
}

export interface ShownClaim extends ShownValue {
  operation: 'create' | 'update';
  name: string;
  claim_id: string;
  txid: string;
  nout: number;
  /** only where the transaction of a channel was given */
  is_channel_signature_valid?: boolean;
}

export function showValue(value: ClaimValue): ShownValue {
  return {
    version: value.version,
    value_type: typeOf(value) ?? null,
    value: viewOf(value),
    ...(value.version === 1 && { claim: v1ToJson(value.claim) }),
    hex: Buffer.from(encodeClaim(value)).toString('hex'),
    ...(value.signature && { signing_channel_id: value.signature.channelId }),
  };
}

/** A value as people have it: hex, the JSON of version 0, or the JSON by which lbrynet showed version 1. Throws `invalid`. */
export function readValue(text: string): ClaimValue {
  const trimmed = text.trim();
  if (!trimmed.startsWith('{')) return decodeClaim(bytesOfHex(trimmed, 'claim'));
  let json: unknown;
  try {
    json = JSON.parse(trimmed);
  } catch (cause) {
    throw new LsdError('invalid', 'This claim begins as JSON, and is none.', { cause });
  }
  const isVersion1 = typeof json === 'object' && json !== null && ('stream' in json || 'certificate' in json);
  return isVersion1 ? { version: 1, claim: v1FromJson(json) } : decodeClaim(Buffer.from(trimmed, 'utf8'));
}

/** The claims of a raw transaction (hex); with that of the channel which signed them, whether it did. Throws `invalid`. */
export function showTransaction(hex: string, channelHex?: string): ShownClaim[] {
  const transaction = decodeTransaction(bytesOfHex(hex.trim(), 'transaction'));
  const channels = channelHex === undefined ? undefined : channelKeys(channelHex);
  return claimsIn(transaction).map(({ value, operation, name, output, claimId }) => ({
    operation,
    name,
    claim_id: claimId,
    txid: txidOf(transaction),
    nout: output,
    ...showValue(value),
    ...(channels &&
      value.signature && {
        is_channel_signature_valid: isSignedByOneOf(channels, value, { transaction, output }),
      }),
  }));
}

type Place = Parameters<typeof isSigned>[1];

function isSignedByOneOf(channels: ReadonlyMap<string, Uint8Array>, value: ClaimValue, place: Place): boolean {
  const key = channels.get(value.signature?.channelId ?? '');
  return key !== undefined && isSigned(value, place, key);
}

/** Public keys of the channels in a transaction, by the ids of their claims. */
function channelKeys(hex: string): Map<string, Uint8Array> {
  const transaction = decodeTransaction(bytesOfHex(hex.trim(), 'transaction'));
  const keys = claimsIn(transaction).flatMap(({ value, claimId }) => {
    const key = publicKeyOf(value);
    return key ? [[claimId, key] as const] : [];
  });
  return new Map(keys);
}

/** Throws `invalid` for what is no hex of `what`. */
export function bytesOfHex(hex: string, what: string): Uint8Array {
  if (/^([0-9a-f]{2})+$/i.test(hex)) return Buffer.from(hex, 'hex');
  throw new LsdError(
    'invalid',
    `This is no ${what}: it must be hexadecimal digits${what === 'claim' ? ', or JSON' : ''}.`,
  );
}
