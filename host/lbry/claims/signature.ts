/** Whether the channel that a claim names signed it. */

import { verify } from 'node:crypto';
import { channelKey } from './channel-key.ts';
import { addressOf, decodeClaimScript } from './script.ts';
import type { Transaction } from './transaction.ts';
import { type ClaimValue, unsignedV1 } from './value.ts';

/** Where the claim stands: version 2 is bound to what its transaction spends, version 1 to the address it belongs to. */
export interface ClaimPlace {
  transaction: Transaction;
  /** index of the output */
  output: number;
}

/** `false` for a claim that is not signed, or by another key. `publicKey`: as the channel's claim has it. */
export function isSigned(value: ClaimValue, place: ClaimPlace, publicKey: Uint8Array): boolean {
  const { signature } = value;
  const key = channelKey(publicKey);
  const signed = signedBytes(value, place);
  if (!signature || !key || !signed) return false;
  // Hashes what it is given with SHA-256; r and s stand side by side, and s may be any of the two that hold.
  return verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, signature.signature);
}

function signedBytes(value: ClaimValue, { transaction, output }: ClaimPlace): Uint8Array | undefined {
  const channelId = Buffer.from(value.signature?.channelId ?? '', 'hex');
  if (value.version === 2) {
    const outpoint = transaction.outpoints[0];
    return outpoint && Buffer.concat([outpoint, channelId.reverse(), value.payload]);
  }
  const script = transaction.scripts[output];
  const address = script && decodeClaimScript(script);
  const owner = address && addressOf(address);
  return value.version === 1 && owner ? Buffer.concat([owner, unsignedV1(value.claim), channelId]) : undefined;
}

/** The public key in the claim of a channel; undefined in any other. */
export function publicKeyOf(value: ClaimValue): Uint8Array | undefined {
  if (value.version === 1) return value.claim.certificate?.publicKey;
  if (value.version === 2 && value.claim.type.case === 'channel') return value.claim.type.value.publicKey;
  return undefined;
}
